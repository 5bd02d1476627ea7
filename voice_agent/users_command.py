"""`voice-agent users`: who may sign in to the console."""

from __future__ import annotations

from contextlib import closing

import click

from voice_agent import config


@click.group()
def users() -> None:
    """Who may sign in to the console."""


database_option = click.option(
    "--database-url", envvar="DATABASE_URL", default=config.DEFAULTS["DATABASE_URL"], show_default=True
)
phone_option = click.option("--phone", help="rings when they take a call in the console; +15551234567")


@users.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(["nurse", "operations"]), default="nurse", show_default=True)
@click.password_option()
@phone_option
@database_option
def add_user(name: str, role: str, password: str, phone: str | None, database_url: str) -> None:
    """Let NAME sign in."""
    from voice_agent.records.users import ConsoleUsers, Role, check_phone

    if phone:
        check_phone(phone)
    with closing(ConsoleUsers(database_url)) as everybody:
        everybody.add_user(name, password, Role(role))
        if phone:
            everybody.set_phone(name, phone)
    click.echo(f"{name} can sign in.")


@users.command("phone")
@click.argument("name")
@click.argument("number", required=False)
@database_option
def set_phone(name: str, number: str | None, database_url: str) -> None:
    """Set the NUMBER that rings when NAME takes a call; without one, none does any more."""
    from voice_agent.records.users import ConsoleUsers

    with closing(ConsoleUsers(database_url)) as everybody:
        everybody.set_phone(name, number)
    click.echo(f"{name} takes calls on {number}." if number else f"{name} takes no calls from the console.")


@users.command("list")
@database_option
def list_users(database_url: str) -> None:
    """Who may sign in, and on which phone they take calls."""
    from voice_agent.records.users import ConsoleUsers

    with closing(ConsoleUsers(database_url)) as everybody:
        for user in everybody.users():
            click.echo(f"{user.name}  {user.role}  {everybody.phone(user.name) or 'no phone'}")


@users.command("remove")
@click.argument("name")
@database_option
def remove_user(name: str, database_url: str) -> None:
    """Let NAME sign in no more; open sessions end at once."""
    from voice_agent.records.users import ConsoleUsers

    with closing(ConsoleUsers(database_url)) as everybody:
        if not everybody.remove_user(name):
            raise click.ClickException(f"There is no console user {name!r}.")
    click.echo(f"{name} cannot sign in any more.")
