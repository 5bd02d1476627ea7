"""Fixed prompts stay, the others only while there is room."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voice_agent.speech.prompt_cache import PromptCache, PromptKey


def key(text: str, rate_wpm: int = 165) -> PromptKey:
    return PromptKey("en-us", rate_wpm, text)


def test_a_prompt_comes_back_by_voice_rate_and_text() -> None:
    cache = PromptCache(1000)
    cache.put(key("Hello."), b"sound")
    assert cache.get(key("Hello.")) == b"sound"
    assert cache.get(key("Hello.", rate_wpm=120)) is None
    assert cache.get(PromptKey("en-gb", 165, "Hello.")) is None


def test_the_least_recently_used_goes_first() -> None:
    cache = PromptCache(30)
    for text in "abc":
        cache.put(key(text), bytes(10))
    cache.get(key("a"))
    cache.put(key("d"), bytes(10))
    assert [text for text in "abcd" if cache.get(key(text)) is not None] == ["a", "c", "d"]


def test_fixed_prompts_take_no_room_and_stay() -> None:
    cache = PromptCache(30)
    cache.put(key("fixed"), bytes(1000), fixed=True)
    for text in "abcdef":
        cache.put(key(text), bytes(10))
    cache.put(key("fixed"), bytes(1000))
    assert cache.get(key("fixed")) == bytes(1000)
    assert cache.recent_bytes == 30


def test_a_prompt_that_becomes_fixed_gives_its_room_back() -> None:
    cache = PromptCache(30)
    cache.put(key("a"), bytes(10))
    cache.put(key("a"), bytes(10), fixed=True)
    assert cache.recent_bytes == 0


def test_what_is_larger_than_the_room_is_not_kept() -> None:
    cache = PromptCache(5)
    cache.put(key("long"), bytes(6))
    assert cache.get(key("long")) is None
    assert cache.recent_bytes == 0


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 40), st.booleans()), max_size=60))
def test_never_more_than_the_room(puts: list[tuple[str, int, bool]]) -> None:
    cache = PromptCache(100)
    for text, size, fixed in puts:
        cache.put(key(text), bytes(size), fixed=fixed)
        assert cache.recent_bytes <= 100
