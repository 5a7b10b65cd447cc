"""`dialecto plan`: before any work, what a budget buys here or on a machine that is not here."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from dialecto.cli.options import JsonOption, ProjectOption
from dialecto.cli.output import print_json, print_table, say
from dialecto.cli.run_costs import Rows, cost_rows, run_facts


def plan(
    budget: Annotated[
        str | None,
        typer.Option("--budget", help="Instead of the recipe's: 10m, 2h, 3kWh, 50eur, 2e18flops."),
    ] = None,
    on: Annotated[
        str | None,
        typer.Option("--on", metavar="MACHINE", help="A machine not present: H200, 8xA100-80GB."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", help="With --on: parameters, as 124M, or a preset: 7B."),
    ] = None,
    tokens: Annotated[
        str | None, typer.Option("--tokens", help="With --on: tokens to train on, as 10B or 2T.")
    ] = None,
    context: Annotated[
        int, typer.Option("--context", min=16, help="With --on and --model: tokens in a row.")
    ] = 2048,
    price: Annotated[
        float | None,
        typer.Option("--price", min=0, help="Of a device for an hour, any currency."),
    ] = None,
    country: Annotated[
        str, typer.Option("--country", help="ISO 3166 code of where the machine is, for CO2.")
    ] = "ESP",
    measure: Annotated[
        bool, typer.Option("--measure", help="Measure this machine again (some 8 s).")
    ] = False,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Say what would be trained and why, what it would take, and which level fits the case."""
    from dialecto.models.accelerators import parse_machine
    from dialecto.runtime import BadUsage

    if on is None and (model or tokens or price is not None):
        raise BadUsage("--model, --tokens and --price are about a machine: name it with --on.")
    if bool(model) != bool(tokens):
        raise BadUsage("--model and --tokens go together: `--model 7B --tokens 1T`.")
    facts: dict[str, Any] = {}
    rows: Rows
    lang = "en"
    machine = parse_machine(on) if on else None
    if machine and model and tokens:
        facts["run"], rows = _explicit(machine, model, tokens, context, price, country)
    else:
        lang, facts, rows = _of_project(project, budget, machine, price, country, measure)
    if as_json:
        print_json(facts)
        return
    from dialecto.cli.texts import text

    print_table(
        (text(lang, "plan.what"), text(lang, "plan.value"), text(lang, "plan.why")),
        [(text(lang, f"plan.{name}"), value, why) for name, value, why in rows],
    )
    if len(facts.get("plan", {}).get("candidates", ())) > 1:
        _print_candidates(lang, facts["plan"])
    if facts.get("advice"):
        print()
        print_table(
            (text(lang, "plan.level"), "", text(lang, "plan.why")),
            [
                (
                    text(lang, f"plan.level.{item['level']}"),
                    text(lang, f"plan.verdict.{item['verdict']}"),
                    text(lang, f"plan.reason.{item['reason']}"),
                )
                for item in facts["advice"]
            ],
        )
    if facts.get("corpus") and not facts["corpus"]["measured"]:
        say(text(lang, "plan.estimated"))


def _print_candidates(lang: str, plan: dict[str, Any]) -> None:
    """What else was thought of, best first, as the law predicts it."""
    from dialecto.cli.texts import text

    known = plan["predicted_bpb"] is not None
    print()
    names = ("shape", "parameters", "steps", "epochs", "speed", "step_memory", "predicted_bpb")
    print_table(
        tuple(text(lang, f"plan.{name}") for name in names),
        [
            (
                f"{row['layers']} x {row['width']}",
                f"{row['parameters']:,}",
                f"{row['steps']:,}",
                f"{row['epochs']:.2f}",
                f"{row['tokens_per_second'] or 0:,}",
                f"{row['memory'] / 1e9:,.2f} GB" + ("" if row["fits"] else " !"),
                ("" if known else "~ ") + f"{row['predicted_bpb']:.3f}",
            )
            for row in plan["candidates"]
        ],
    )


def _explicit(
    machine: Any, model: str, tokens: str, context: int, price: float | None, country: str
) -> tuple[dict[str, Any], Rows]:
    """A run that the user describes: so many parameters on so many tokens."""
    from dialecto.models.estimate import FILLS, estimate, of_shape, workload
    from dialecto.models.presets import preset_shape
    from dialecto.recipe.presets import PRESETS
    from dialecto.recipe.quantities import parse_count
    from dialecto.runtime import BadUsage

    count, device = machine
    try:
        seen = parse_count(tokens)
        work = (
            of_shape(preset_shape(model, context=context), seen)
            if model in PRESETS["qwen3"]
            else workload(parse_count(model), seen, context)
        )
    except ValueError as error:
        raise BadUsage(
            f"--model, --tokens: {error}, or a preset: {', '.join(PRESETS['qwen3'])}"
        ) from error
    found = estimate(work, device, count)
    rows: Rows = [("parameters", f"{work.parameters:,.0f}", f"{work.layers} x {work.width}")]
    return run_facts(found, price, country, count), rows + cost_rows(
        "en", found, price, country, count, filled=work.parameters >= FILLS
    )


def _of_project(
    folder: Path,
    budget: str | None,
    machine: Any,
    price: float | None,
    country: str,
    measure: bool,
) -> tuple[str, dict[str, Any], Rows]:
    """The project's own training, here or on a machine that is not here."""
    from dialecto.cli.texts import text
    from dialecto.models.advice import advise
    from dialecto.models.estimate import FILLS, Workload, estimate
    from dialecto.models.reasons import tell
    from dialecto.project import Project
    from dialecto.project.planning import corpus_size, plan_here, speed_of, with_vocabulary

    opened = Project.open(folder)
    if machine and price:
        rented = opened.recipe.machine.model_copy(update={"price_per_hour": price * machine[0]})
        recipe = opened.recipe.model_copy(update={"machine": rented})
        opened = Project(opened.root, recipe)
    opened = opened.changed(budget=budget)
    recipe = opened.recipe
    size = corpus_size(opened)
    if machine:
        speed = speed_of(*machine)
        name = f"{machine[0]}x{machine[1].name}"
    else:
        from dialecto.training.measure import machine_name, machine_speed
        from dialecto.training.planning import together
        from dialecto.training.precision import choose_device

        if measure:
            say("measuring this machine")
        speed = machine_speed(recipe.pretrain.precision, fresh=measure)
        speed = together(speed, recipe.pretrain)
        name = machine_name(choose_device())
    allowance = _allowance(recipe, machine)
    size = with_vocabulary(opened, size, speed, allowance)
    planned = plan_here(opened, size, speed, allowance)
    rate = speed.at(planned.shape.width)
    flops = allowance.flops or rate * (allowance.seconds or 0.0)
    advice = advise(size.tokens, size.conversations, flops)
    work = Workload(
        planned.shape.parameters,
        planned.shape.layers,
        planned.shape.width,
        planned.shape.context,
        planned.tokens,
    )
    open_yet = not size.measured and not recipe.tokenizer.vocabulary
    settled = text(recipe.lang, "plan.guess") if open_yet else ""
    unit = "B" if size.bytes < 1e6 else "MB"
    amount = size.bytes if unit == "B" else size.bytes / 1e6
    rows: Rows = [
        (
            "text",
            f"{amount:,.{0 if unit == 'B' else 1}f} {unit}",
            text(recipe.lang, "plan.documents", n=f"{size.documents:,}"),
        ),
        ("tokens", f"{size.tokens:,}", f"{size.bytes_per_token:.2f} bytes/token"),
        ("machine", name, f"{rate / 1e9:,.0f} GFLOP/s, {speed.precision}"),
        *(
            (
                "tried",
                f"{one.precision}, {_threads(recipe.lang, one.threads)}",
                f"{one.flops / 1e9:,.0f} GFLOP/s",
            )
            for one in speed.trials
        ),
        ("budget", allowance.text, _budget_in_words(allowance)),
        ("vocabulary", f"{size.vocabulary:,}", settled),
        *(tell(reason, recipe.lang) for reason in planned.reasons),
        ("epochs", f"{planned.epochs:.2f}", f"{planned.tokens:,} tokens"),
    ]
    facts: dict[str, Any] = {
        "project": recipe.name,
        "budget": recipe.budget,
        "machine": name,
        "corpus": {**asdict(size), "measured": size.measured},
        "plan": planned.as_dict(),
        "advice": [asdict(item) for item in advice],
    }
    if machine:
        found = estimate(work, machine[1], machine[0])
        facts["run"] = run_facts(found, price, country, machine[0])
        filled = work.parameters >= FILLS
        rows += cost_rows(recipe.lang, found, price, country, machine[0], filled=filled)
    return recipe.lang, facts, rows


def _threads(lang: str, number: int) -> str:
    from dialecto.cli.texts import text

    return text(lang, "plan.thread") if number == 1 else text(lang, "plan.threads", n=number)


def _allowance(recipe: Any, machine: Any) -> Any:
    """What pretraining may spend, on this machine or on one that is not here."""
    from dialecto.models.allowance import allow
    from dialecto.models.estimate import POWER_SHARE, PUE

    if machine is None:
        from dialecto.training.measure import machine_watts

        wanted = recipe.pretrain.precision
        return allow(recipe.pretrain_budget, recipe.machine, lambda: machine_watts(wanted))
    count, device = machine
    rented = recipe.machine.model_copy(update={"watts": None})
    watts = count * device.watts * POWER_SHARE * PUE
    return allow(recipe.pretrain_budget, rented, lambda: watts)


def _budget_in_words(allowance: Any) -> str:
    """What the budget comes to in time, and through which rate."""
    if allowance.seconds is None:
        return f"{allowance.flops:.3g} FLOP"
    words = [f"{allowance.seconds:,.0f} s"]
    if allowance.price:
        words.append(f"{allowance.price:g}/{allowance.price_of}")
    if allowance.watts:
        words.append(f"{allowance.watts:,.0f} W")
    return ", ".join(words)
