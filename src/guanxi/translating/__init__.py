"""In other words: what a customer writes, in the agent's language, and what she writes, in his; by a provider outside."""

from guanxi.translating.actions import forget_taken_back, keep, set_provider, switch
from guanxi.translating.asking import Translator
from guanxi.translating.model import NOBODY, Failed, Kind, Provider, Refused, TranslationSettings, Wanted
from guanxi.translating.queries import settings_of, translator_of, wanted
from guanxi.translating.rules import same_tongue

__all__ = [
    "NOBODY",
    "Failed",
    "Kind",
    "Provider",
    "Refused",
    "TranslationSettings",
    "Translator",
    "Wanted",
    "forget_taken_back",
    "keep",
    "same_tongue",
    "set_provider",
    "settings_of",
    "switch",
    "translator_of",
    "wanted",
]
