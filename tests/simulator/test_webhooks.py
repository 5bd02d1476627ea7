"""Signed requests, and where they go."""

from __future__ import annotations

import time

from twilio.request_validator import RequestValidator

from voice_agent.simulator.webhooks import Webhooks


def test_the_public_address_is_signed_and_the_local_one_asked(server) -> None:
    webhooks = Webhooks("twin-token", public_url="https://clinic.example/", local_url=server.url)
    assert webhooks.reachable("https://clinic.example/voice?a=1") == server.url + "/voice?a=1"
    assert webhooks.reachable("wss://clinic.example/media/1") == server.url.replace("http", "ws") + "/media/1"
    assert webhooks.reachable("https://clinic.example.org/x") == "https://clinic.example.org/x"
    assert webhooks.send("https://clinic.example/voice", {"CallSid": "CA1"}).status == 204
    assert server.got("/voice") == [{"CallSid": "CA1"}]
    assert [one.signed for one in server.arrived] == [False]  # this server knows only its local address
    expected = RequestValidator("twin-token").compute_signature("https://clinic.example/voice", {"CallSid": "CA1"})
    assert webhooks.signature("https://clinic.example/voice", {"CallSid": "CA1"}) == expected
    webhooks.close()


def test_get_carries_its_parameters_in_the_address_and_is_signed(server) -> None:
    webhooks = Webhooks("twin-token")
    assert webhooks.send(server.url + "/a", {"x": "1 2"}, "GET").good
    assert webhooks.send(server.url + "/a?y=1", {"x": "1"}, "GET").good
    assert [one.signed for one in server.arrived] == [True, True]
    webhooks.close()


def test_a_wrong_token_makes_a_wrong_signature(server) -> None:
    webhooks = Webhooks("another-token")
    webhooks.send(server.url + "/a", {"x": "1"})
    assert [one.signed for one in server.arrived] == [False]
    webhooks.close()


def test_callbacks_of_one_call_keep_their_order_and_do_not_hold_it_up(server) -> None:
    webhooks = Webhooks("twin-token")
    server.documents["/slow"] = lambda params: time.sleep(0.1) or "ok"
    answers = []
    began = time.monotonic()
    for number in range(5):
        webhooks.call_back("CA1", server.url + "/slow", {"n": str(number)}, "POST", answers.append)
    assert time.monotonic() - began < 0.1
    webhooks.settle(5)
    assert [params["n"] for params in server.got("/slow")] == list("01234")
    assert [answer.status for answer in answers] == [200] * 5
    webhooks.close()


def test_a_server_that_is_not_there() -> None:
    webhooks = Webhooks("twin-token")
    answer = webhooks.send("http://127.0.0.1:9/", {})
    assert (answer.status, answer.good, answer.why) == (0, False, "ConnectionError")
    webhooks.close()
