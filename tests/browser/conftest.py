"""What every test of a page may count on: an expectation waits as long as a busy machine needs."""

from playwright.async_api import expect

from tests.browser.pages import PATIENCE

expect.set_options(timeout=PATIENCE)
