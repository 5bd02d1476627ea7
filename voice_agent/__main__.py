"""The command line: `voice-agent`, or `python -m voice_agent`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from voice_agent import __version__, config
from voice_agent.command_options import config_option, dialogs_option
from voice_agent.errors import ContentError, SettingsError, VoiceAgentError
from voice_agent.evaluation.cli import evaluate
from voice_agent.triage.screen_lines import ScreenLineError
from voice_agent.users_command import users


class _Commands(click.Group):
    """Shows our own errors as one sentence, never as a traceback. What people wrote wrongly is exit status 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except VoiceAgentError as error:
            click.echo(str(error), err=True)
            ctx.exit(2 if isinstance(error, ContentError | SettingsError | ScreenLineError) else 1)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """A clinic's phone line that answers at once, understands, books, and never lets an emergency wait."""


main.add_command(evaluate)


@main.command()
@config_option
@dialogs_option
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8080, show_default=True)
def serve(config_path: Path, dialogs: Path, host: str, port: int) -> None:
    """Answer calls."""
    from voice_agent.web.metrics_folder import metrics_folder

    with metrics_folder(os.environ) as metrics:  # before anything imports prometheus_client
        _serve(config.load(config_path), config.load_dialogs(dialogs), host, port, metrics)


def _serve(told: config.Config, content: config.DialogContent, host: str, port: int, metrics: Path) -> None:
    from voice_agent import logs, wiring
    from voice_agent.services import trace_export
    from voice_agent.web.server import Server

    logs.configure()
    trace_export.check(told.secrets.otlp_endpoint)

    def build(row: Any) -> tuple[Any, Callable[[], None]]:
        line = wiring.line(told, content, row, metrics)
        if line.notice and row.number == 0:
            click.echo(line.notice, err=True)
        line.readiness.start()  # the model is loaded, and all neighbours asked, before the first call comes
        return line.app, line.drain

    server = told.settings.server
    Server(build, host, port, server.max_calls, server.processes).run()


@main.command()
@config_option
@dialogs_option
def check(config_path: Path, dialogs: Path) -> None:
    """Check config.yaml and dialogs/; exit status 2 when something is wrong."""
    problems = config.check_all(config_path, dialogs, _today())
    for problem in problems:
        click.echo(problem)
    if problems:
        sys.exit(2)
    click.echo("config.yaml and dialogs/ are good.")
    if unapproved := config.unapproved(config.load_dialogs(dialogs)):
        click.echo(f"Not approved by a clinician yet: {unapproved}. Do not serve patients before that.")


@main.command()
@dialogs_option
@click.option("--force", is_flag=True, help="even when nothing has changed")
def train(dialogs: Path, force: bool) -> None:
    """Train the dialog model, if dialogs/ has changed."""
    from voice_agent.services import dialog_training

    model = dialog_training.train(dialogs) if force else dialog_training.train_if_stale(dialogs)
    click.echo(f"The dialog model is {model}.")


@main.command()
@config_option
@dialogs_option
@click.option("--rasa-url", envvar="RASA_URL", default=config.DEFAULTS["RASA_URL"], show_default=True)
def chat(config_path: Path, dialogs: Path, rasa_url: str) -> None:
    """Hold the same dialog by text. A line of digits, * and # alone is pressed on the keypad; an empty line waits."""
    import secrets
    from dataclasses import replace

    from voice_agent.call.session import CallSession
    from voice_agent.chat import TextCall
    from voice_agent.second_opinion import judge as by_meaning
    from voice_agent.services.dialog import RasaDialog
    from voice_agent.triage.red_flags import RedFlagScreen
    from voice_agent.wiring import session_settings

    settings = config.load_settings(config_path)
    content = config.load_dialogs(dialogs)
    judge, _ = by_meaning.installed(content.red_flags.ids())
    session = CallSession(
        replace(session_settings(settings), second_opinion=judge.thresholds if judge else None),
        content.prompts.call.for_clinic(settings.clinic.name),
        RedFlagScreen(content.red_flags),
    )
    dialog = RasaDialog(rasa_url, settings.dialog)
    call = TextCall(
        f"chat-{secrets.token_hex(8)}",
        session,
        dialog,
        lambda who, text: click.echo(click.style(text, dim=who == "note", bold=who == "agent")),
        judge,
    )
    call.begin()
    while not call.over:
        try:
            line = click.prompt("you", default="", show_default=False, prompt_suffix="> ").strip()
        except click.Abort:
            return
        if not line:
            call.pass_time(settings.turns.no_input_ms)
        elif set(line) <= set("0123456789*#"):
            for digit in line:
                call.press(digit)
            call.pass_time(settings.turns.keys_ms)
        else:
            call.say(line)


@main.command()
@dialogs_option
@config_option
@click.option("--explain", is_flag=True, help="tell in words what was understood, what counts, and why")
@click.option("--audio", "sounds", is_flag=True, help="screen wav FILES, heard as in a call")
@click.option("--rules-only", is_flag=True, help="without the second opinion by meaning")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
def screen(
    dialogs: Path, config_path: Path, explain: bool, sounds: bool, rules_only: bool, files: tuple[Path, ...]
) -> None:
    """Screen JSON lines {"id","text"} from standard input for red flags."""
    import json

    from voice_agent.second_opinion import judge as by_meaning
    from voice_agent.triage.explaining import explained
    from voice_agent.triage.red_flags import RedFlagScreen
    from voice_agent.triage.screen_lines import parse_line, screen_line

    if bool(files) != sounds:
        raise click.UsageError("--audio takes wav files, and only --audio does")
    content = config.load_dialogs(dialogs) if sounds else None
    red_flags = content.red_flags if content else config.load_red_flags(dialogs)
    flags = RedFlagScreen(red_flags)
    judge, missing = (None, None) if rules_only else by_meaning.installed(red_flags.ids())
    if missing:
        click.echo(missing, err=True)
    if content:
        from voice_agent.transcribing import command
        from voice_agent.transcribing.screening import screened_sound

        ears = command.ears(config.load_settings(config_path), content)
        for path in files:
            record = screened_sound(flags, ears, path, judge)
            told = "\n".join(explained(flags, record["heard"], judge)) + "\n" if explain else json.dumps(record)
            click.echo(told)
        return
    for number, line in enumerate(sys.stdin, start=1):
        if line.strip():
            record = parse_line(line, number)
            click.echo(
                "\n".join(explained(flags, record["text"], judge)) + "\n"
                if explain
                else json.dumps(screen_line(flags, record, judge), ensure_ascii=False)
            )


@main.command()
@click.argument("recording", type=click.Path(path_type=Path))
@dialogs_option
@click.option("--quiet", is_flag=True, help="only say whether it went the same way")
def replay(recording: Path, dialogs: Path, quiet: bool) -> None:
    """Feed a recorded call to the session again; exit status 1 when the commands differ by a byte."""
    from voice_agent.records.recording import Difference
    from voice_agent.records.recording import replay as run
    from voice_agent.records.transcript import told

    steps = differences = 0
    for step in run(recording, config.load_red_flags(dialogs)):
        if isinstance(step, Difference):
            differences += 1
            click.echo(f"{recording}:{step.line}: {step.event} went another way", err=True)
            click.echo(f"  recorded {step.recorded.strip()}\n  replayed {step.replayed.strip()}", err=True)
            continue
        steps += 1
        if not quiet:
            for line in told(*step):
                click.echo(line)
    if differences:
        click.echo(f"{differences} of {steps} events led to other commands.", err=True)
        sys.exit(1)
    click.echo(f"{steps} events led to the same commands, byte for byte.")


@main.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@config_option
@click.option("--json", "as_json", is_flag=True, help="print the result as JSON")
def call(scenario: Path, config_path: Path, as_json: bool) -> None:
    """Let a simulated caller speak to the running server (of the same environment)."""
    from voice_agent.simulator import hosted, printing
    from voice_agent.simulator.scenario import load

    told = config.load(config_path)
    result = hosted.run(
        load(scenario),
        scenario,
        hosted.Account(
            sid=told.secrets.account_sid,
            token=told.secrets.auth_token,
            api_url=told.secrets.twilio_api_url,
            service_url=told.secrets.public_url,
            number=told.settings.telephony.from_number,
            model=config.PROJECT / "models" / "clinic-en-8k",
        ),
    )
    if as_json:
        click.echo(result.to_json())
    else:
        printing.print_timeline(result, click.echo)
    if not result.ok:
        sys.exit(1)


@main.command()
@config_option
@click.option("--calls", type=click.IntRange(1), help="callers at once (1; with --ladder, the last rung: 40)")
@click.option("--minutes", type=click.FloatRange(0.1), help="after all have come (1; with --ladder, each rung: 0.5)")
@click.option("--seed", default=1, show_default=True, help="draws the callers; the same seed, the same callers")
@click.option("--ladder", is_flag=True, help="1, 5, 10 … --calls callers, until the line no longer holds")
@click.option("--goal", "goals", multiple=True, help="only callers who call for this, of bench/scripts.yaml (all)")
@click.option("--url", help="bench the server that runs there, with this environment; else one is started")
@click.option("--warm-up/--no-warm-up", default=True, show_default=True, help="one call before that does not count")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="write the figures there")
@click.option("--html", "html_path", type=click.Path(path_type=Path), help="write a page with plots there")
@click.option("--compare", type=click.Path(exists=True, path_type=Path), help="an earlier --json: show new/old")
def bench(
    config_path: Path,
    calls: int | None,
    minutes: float | None,
    seed: int,
    ladder: bool,
    goals: tuple[str, ...],
    url: str | None,
    warm_up: bool,
    json_path: Path | None,
    html_path: Path | None,
    compare: Path | None,
) -> None:
    """Let many simulated callers ring at once and measure what they notice. docs/bench.md tells how to read it."""
    from voice_agent.bench import command
    from voice_agent.demo.progress import Progress

    options = command.Options(
        calls=calls or (40 if ladder else 1),
        seconds=(minutes or (0.5 if ladder else 1.0)) * 60,
        seed=seed,
        ladder=ladder,
        goals=goals,
        warm_up=warm_up,
        url=url,
        config_path=config_path,
        json=json_path,
        html=html_path,
        compare=compare,
        environ=os.environ,
    )
    command.bench(options, Progress())


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--mu-law", is_flag=True, help="pass the sound through the telephone's eight bits first")
@click.option(
    "--expect",
    type=click.Choice(["yes_no", "digits", "date", "name", "open"]),
    default="open",
    show_default=True,
    help="what a question before it would have asked for",
)
@click.option("--json", "as_json", is_flag=True, help="a JSON line for each file; scores go to standard error")
@click.option(
    "--references", type=click.Path(path_type=Path), help='JSON lines {"file","text"}: print word error rates'
)
@config_option
@dialogs_option
def transcribe(
    files: tuple[Path, ...],
    mu_law: bool,
    expect: str,
    as_json: bool,
    references: Path | None,
    config_path: Path,
    dialogs: Path,
) -> None:
    """Hear wav FILES with the ears of a call; exit status 1 when one could not be read."""
    from voice_agent.call.replies import Listen
    from voice_agent.transcribing import command

    options = command.Options(files, Listen(expect), mu_law, as_json, references)
    ears = command.ears(config.load_settings(config_path), config.load_dialogs(dialogs))
    if not command.transcribe(options, ears, click.echo, lambda line: click.echo(line, err=True)):
        sys.exit(1)


@main.group(invoke_without_command=True)
@config_option
@click.pass_context
def models(context: click.Context, config_path: Path) -> None:
    """Models that recognise speech: what is installed, what could be, and which suits."""
    if context.invoked_subcommand is None:
        _list_models(config_path)


@models.command("list")
@config_option
def list_models(config_path: Path) -> None:
    """Installed models, and those that can be fetched."""
    _list_models(config_path)


def _list_models(config_path: Path) -> None:
    from voice_agent.speech import published_models
    from voice_agent.speech.second_ear import MoonshineEar

    settings = config.load_settings(config_path).recognizer
    for line in published_models.listing(settings.models_dir, settings.model):
        click.echo(line)
    problem = MoonshineEar().check()
    state = f"cannot listen: {problem}" if problem else "is here."
    click.echo(f"Second ear: {settings.second_ear}. Moonshine {state}")


@models.command("fetch")
@click.argument("name")
@config_option
def fetch_model(name: str, config_path: Path) -> None:
    """Download the published model NAME, with its checksum."""
    from voice_agent.speech import published_models

    settings = config.load_settings(config_path).recognizer
    with click.progressbar(length=100, label=name) as bar:

        def progress(done: int, of: int | None) -> None:
            if of:
                bar.update(round(100 * done / of) - bar.pos)

        where = published_models.fetch(name, settings.models_dir, progress)
    click.echo(f"{where}\nNow set recognizer.model in config.yaml to {name}.")


main.add_command(users)


def _today() -> Any:
    from datetime import date

    return date.today()


if __name__ == "__main__":
    main()
