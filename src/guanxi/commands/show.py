"""`parse`, `channels`, `openapi`: what a channel reads, what channels can do, what the API is; they need no house."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from guanxi import channels
from guanxi.channel_kit import Malformed
from guanxi.channels import overview
from guanxi.channels.parse_file import parse_file
from guanxi.commands.begin import Command
from guanxi.http.openapi import document


def add(command: Command) -> None:
    parse = command("parse", _parse, "print what a channel reads in a raw body, one JSON object a line")
    parse.add_argument("channel")
    parse.add_argument("file", type=Path)
    command("channels", _channels, "print what each channel can do, as the page docs/channels.md")
    command("openapi", _openapi, "print the description of the HTTP API")


def _parse(args: argparse.Namespace) -> int:
    if args.channel not in channels.all_channels():
        raise ValueError(f"There is no channel {args.channel}; there are {', '.join(sorted(channels.all_channels()))}.")
    try:
        lines = list(parse_file(args.channel, args.file.read_bytes()))
    except Malformed as error:
        raise ValueError(f"{args.file} cannot be read: {error}") from error
    except FileNotFoundError as error:
        raise ValueError(f"There is no file {args.file}.") from error
    for line in lines:
        print(msgspec.json.encode(line).decode())
    if not lines:
        print("It can be read, and nothing in it is about a customer.", file=sys.stderr)
    return 0


def _channels(args: argparse.Namespace) -> int:
    print(overview.page(channel.manifest for channel in channels.all_channels().values()), end="")
    return 0


def _openapi(args: argparse.Namespace) -> int:
    sys.stdout.buffer.write(document())
    return 0
