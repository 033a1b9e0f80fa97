"""``cloudplan new``: start a project folder, empty or with the sample estate."""

from __future__ import annotations

import json
import shutil
import tempfile
from importlib.resources import as_file, files
from pathlib import Path

import click

from cloudplan.errors import BadInput
from cloudplan.findings import Finding
from cloudplan.screen import Screen
from cloudplan.verbs import Verb, refuse_unwritable


def run(screen: Screen, folder: Path, sample: bool, seed: int) -> None:
    """Write the inventory, the scenarios and their schema for editors, or nothing where something is there already."""
    import pandas as pd

    from cloudplan.inventory.sample import write_sample
    from cloudplan.inventory.sample.money import price_rows
    from cloudplan.inventory.write import write_empty, write_inventory
    from cloudplan.rule_options import editor_schema

    parts = ("inventory", "scenarios", "schemas")
    taken = [folder / part for part in parts if (folder / part).exists() and any((folder / part).iterdir())]
    if taken:
        raise BadInput([Finding("cli.new.taken", values={"folder": str(path)}) for path in taken])
    refuse_unwritable(folder, inside=True)
    folder.mkdir(parents=True, exist_ok=True)
    # made beside its place and moved there whole: a failure leaves no half project
    with tempfile.TemporaryDirectory(dir=folder, prefix=".new-") as scratch:
        made = Path(scratch)
        if sample:
            write_sample(made / "inventory", seed)
        else:
            write_empty(made / "inventory")
            # a price has an id of its own, which nobody could guess; its figure is left to whoever knows it
            prices = pd.DataFrame(price_rows()).assign(value=None, basis=None, note=None)
            write_inventory({"prices": prices}, made / "inventory")
        with as_file(files("cloudplan").joinpath("templates")) as templates:
            shutil.copytree(templates, made / "scenarios", ignore=shutil.ignore_patterns("__*"))
        (made / "schemas").mkdir()
        schema = json.dumps(editor_schema(), ensure_ascii=False, indent=2)
        (made / "schemas" / "scenario.schema.json").write_text(f"{schema}\n", "utf-8")
        for part in parts:
            if (folder / part).exists():
                (folder / part).rmdir()
            (made / part).rename(folder / part)
    scenario = folder / "scenarios" / "base.yaml"
    places = {"folder": str(folder), "scenario": str(scenario), "inventory": str(folder / "inventory")}
    text = screen.say("cli.new.done" if sample else "cli.new.empty", **places)
    screen.result(text, {"folder": folder, "scenario": scenario})


VERB = Verb(
    "new",
    run,
    [
        click.Argument(["folder"], metavar="DIR", type=Path),
        click.Option(["--sample"], is_flag=True),
        click.Option(["--seed"], metavar="N", type=click.IntRange(min=0), default=1),
    ],
)
