"""What the accounts of one maker share: official accounts, mini programs and WeCom sign, seal and answer alike."""
