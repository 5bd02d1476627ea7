"""A small protocol in which nothing is wrong."""

from __future__ import annotations

from voice_agent import strict_yaml
from voice_agent.triage.protocols import Protocol

GOOD = """
id: cough
version: 1
title: Cough
source: NHS, Cough
approved_by: null
priority: 4
applies_to: [cough/coughing]
questions:
  - {id: blood, ask: "Any blood?", reprompt: "For blood, press 1; else press 2."}
  - {id: weeks, ask: "How many weeks?", reprompt: "Please press the number of weeks.", kind: number}
  - {id: more, ask: "What else?", reprompt: "Anything more to say?", kind: open}
rules:
  - {id: bloody, when: {blood: yes}, care_level: nurse_now, reason: Blood}
  - {id: long, when: {weeks: ">= 3"}, care_level: clinic_soon, reason: Long}
  - {id: plain, when: {}, care_level: self_care, reason: Short, advice: ["If it gets bad, call 911."]}
"""


def parsed(text: str) -> Protocol:
    """A protocol of that text."""
    return strict_yaml.parse(text, Protocol, name="cough.yaml")
