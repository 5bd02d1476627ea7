"""Draws docs/brief.schema.json from the code: the shape of the brief that is handed over.

python docs/make_brief_schema.py            writes the file
python docs/make_brief_schema.py --check    exit status 1 when the committed file is another
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pydantic import TypeAdapter

from voice_agent.call.brief_document import BriefDocument

SCHEMA = Path(__file__).resolve().parent / "brief.schema.json"


def schema() -> str:
    """The file's content."""
    drawn = TypeAdapter(BriefDocument).json_schema(mode="serialization")
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **drawn}, indent=2) + "\n"


def main(arguments: list[str]) -> int:
    """Write the file, or check it."""
    if "--check" in arguments:
        return int(not SCHEMA.exists() or SCHEMA.read_text(encoding="utf-8") != schema())
    SCHEMA.write_text(schema(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
