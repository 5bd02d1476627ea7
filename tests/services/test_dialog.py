"""Rasa's messages as one reply, and Rasa failing in every way."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from redis_server import free_port

from voice_agent.call.replies import DialogReply, Listen, ReplyAction
from voice_agent.errors import DialogError
from voice_agent.services.dialog import DialogSettings, RasaDialog, merged, sentences


class StandIn:
    """A small HTTP server in Rasa's place; a test says what it answers."""

    def __init__(self) -> None:
        self.status = 200
        self.body = b"[]"
        self.wait_s = 0.0
        self.asked: list[tuple[str, Any]] = []
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                stand_in.asked.append((self.path, json.loads(body) if body else None))
                time.sleep(stand_in.wait_s)
                try:
                    self.send_response(stand_in.status)
                    self.send_header("Content-Length", str(len(stand_in.body)))
                    self.end_headers()
                    self.wfile.write(stand_in.body)
                except OSError:
                    return  # who asked has given up, as it should

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing on the terminal."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def rasa() -> Iterator[StandIn]:
    stand_in = StandIn()
    yield stand_in
    stand_in.close()


@pytest.fixture
def dialog(rasa: StandIn) -> Iterator[RasaDialog]:
    dialog = RasaDialog(f"{rasa.url}/", DialogSettings(timeout_s=0.3))
    yield dialog
    dialog.close()


def test_words_go_to_rasa_under_the_call_id(dialog: RasaDialog, rasa: StandIn) -> None:
    rasa.body = json.dumps([{"recipient_id": "CA1", "text": "What day? Any day?"}]).encode()
    assert dialog.reply("CA1", "book me in") == DialogReply(("What day?", "Any day?"))
    assert rasa.asked == [("/webhooks/rest/webhook", {"sender": "CA1", "message": "book me in"})]


def test_what_the_caller_denied_before_goes_along(dialog: RasaDialog, rasa: StandIn) -> None:
    rasa.body = json.dumps([{"recipient_id": "CA1", "text": "Is there a fever?"}]).encode()
    dialog.reply("CA1", "my head hurts", ("headache.sudden",))
    sent = {"sender": "CA1", "message": "my head hurts", "metadata": {"denied": ["headache.sudden"]}}
    assert rasa.asked == [("/webhooks/rest/webhook", sent)]


def test_a_slow_rasa_is_given_up_on_in_time(dialog: RasaDialog, rasa: StandIn) -> None:
    rasa.wait_s = 1
    began = time.monotonic()
    with pytest.raises(DialogError, match=r"did not answer within 0\.3 s.*dialog\.timeout_s"):
        dialog.reply("CA1", "hello")
    assert time.monotonic() - began < 0.9


def test_nobody_there_is_told_with_the_address() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    dialog = RasaDialog(url)
    with pytest.raises(DialogError, match=f"cannot be reached at {url}; start it, or mend RASA_URL"):
        dialog.reply("CA1", "hello")
    assert dialog.check() == f"Rasa cannot be reached at {url}; start it, or mend RASA_URL"
    dialog.close()


@pytest.mark.parametrize(
    ("status", "body", "problem"),
    [
        (500, b"Traceback", "HTTP status 500"),
        (200, b"<html>", "is not JSON"),
        (200, b'{"text": "hello"}', "no list of messages"),
        (200, b'["hello"]', "no list of messages"),
        (200, b"[]", "answered nothing"),
        (200, b'[{"text": 7}]', "a text that is no text"),
        (200, b'[{"custom": []}]', "no mapping"),
    ],
)
def test_what_we_did_not_agree_on_is_an_error(
    dialog: RasaDialog, rasa: StandIn, status: int, body: bytes, problem: str
) -> None:
    rasa.status, rasa.body = status, body
    with pytest.raises(DialogError, match=problem):
        dialog.reply("CA1", "my name is maria garcia")


def test_an_error_says_nothing_of_the_caller(dialog: RasaDialog, rasa: StandIn) -> None:
    rasa.status = 500
    with pytest.raises(DialogError) as raised:
        dialog.reply("CA1", "my name is maria garcia")
    assert "maria" not in str(raised.value)


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (200, None),
        (409, "no model loaded: run `voice-agent train`"),
        (404, "start it with --enable-api"),
        (503, "HTTP status 503"),
    ],
)
def test_rasas_state_is_told_with_its_remedy(
    dialog: RasaDialog, rasa: StandIn, status: int, problem: str | None
) -> None:
    rasa.status = status
    told = dialog.check()
    assert told is None if problem is None else problem in (told or "")


def test_words_and_marks_of_a_turn_become_one_reply() -> None:
    reply = merged(
        [
            {"text": "You are booked.", "custom": {"outcome": "appointment_booked"}},
            {"custom": {"learned": {"name": "Maria"}}},
            {"custom": {"learned": {"reason": "checkup"}, "question": "anything_else", "listen": "yes_no"}},
            {"text": "Anything else?"},
            {"custom": {"keypad": {"1": "/affirm"}}},
        ]
    )
    assert reply == DialogReply(
        ("You are booked.", "Anything else?"),
        listen=Listen.YES_NO,
        keypad={"1": "/affirm"},
        question="anything_else",
        learned={"name": "Maria", "reason": "checkup"},
        outcome="appointment_booked",
    )


def test_a_new_question_ends_what_the_earlier_one_listened_for() -> None:
    earlier = {"custom": {"question": "anything_else", "listen": "yes_no", "keypad": {"1": "/affirm"}}}
    reply = merged([earlier, {"custom": {"question": "booking.reason"}}])
    assert (reply.question, reply.listen, reply.keypad) == ("booking.reason", Listen.OPEN, {})


def test_a_transfer_carries_its_urgency() -> None:
    reply = merged([{"custom": {"do": "transfer"}}, {"custom": {"care_level": "911", "reason": "Stroke signs"}}])
    assert (reply.do, reply.care_level, reply.reason) == (ReplyAction.TRANSFER, "911", "Stroke signs")


@pytest.mark.parametrize(
    ("custom", "problem"),
    [
        ({"kepad": {}}, "unknown key 'kepad' under `custom:`; did you mean 'keypad'"),
        ({"zzzzzz": 1}, "unknown key 'zzzzzz' under `custom:`$"),
        ({"do": "dance"}, "do: 'dance'; it may be: transfer, hang_up"),
        ({"listen": "hard"}, "listen: 'hard'; it may be: open, yes_no"),
        ({"care_level": "soonish"}, "care_level: 'soonish'"),
        ({"outcome": "great"}, "outcome: 'great'"),
        ({"keypad": {1: "/affirm"}}, "'keypad' that does not map texts to texts; put them in quotes"),
        ({"learned": ["name"]}, "'learned' that does not map"),
        ({"question": 7}, "'question' that is no text"),
    ],
)
def test_a_custom_field_that_is_wrong_is_named(custom: dict[Any, Any], problem: str) -> None:
    with pytest.raises(DialogError, match=problem):
        merged([{"custom": custom}])


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("Dr. Lee is in. Shall I book?", ("Dr. Lee is in.", "Shall I book?")),
        ("Come at 8 a.m. on Friday.", ("Come at 8 a.m. on Friday.",)),
        ("One line\nand another", ("One line", "and another")),
        ("  ", ()),
    ],
)
def test_sentences_are_cut_where_the_voice_may_pause(text: str, cut: tuple[str, ...]) -> None:
    assert sentences(text) == cut
