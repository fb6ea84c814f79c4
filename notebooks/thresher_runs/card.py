"""A model card in the form that model hubs read: YAML front matter, then Markdown."""

from __future__ import annotations

import json
from typing import Any

from thresher_runs.run import Run


def card(run: Run, license: str | None = None) -> str:
    """The card of a run's model. The licence is that of the float network, which the run does not know."""
    summary = run.summary
    provenance = run.provenance
    return _front(summary, license) + _text(run, summary, provenance)


def _front(summary: dict[str, Any], license: str | None) -> str:
    quantized = summary["quantized_top1"]
    metrics = [("agreement with float", "agreement", summary["agreement"])]
    if quantized is not None:
        metrics.insert(0, ("accuracy", "accuracy", quantized))
    lines = ["---"]
    if license:
        lines.append(f"license: {json.dumps(license)}")
    lines += [
        "library_name: onnx",
        "pipeline_tag: image-classification",
        "tags: [quantized, int8, post-training-quantization, label-free]",
        "model-index:",
        f"- name: {json.dumps(summary['network'])}",
        "  results:",
        "  - task: {type: image-classification}",
        f"    dataset: {{name: {json.dumps(_dataset(summary))}, type: imagefolder}}",
        "    metrics:",
    ]
    for name, kind, value in metrics:
        if value is not None:
            lines.append(f"    - {{type: {json.dumps(kind)}, name: {json.dumps(name)}, value: {value:.2f}}}")
    return "\n".join([*lines, "---", "", ""])


def _dataset(summary: dict[str, Any]) -> str:
    return f"evaluation set, {summary['images_evaluated']} images"


def _text(run: Run, summary: dict[str, Any], provenance: dict[str, Any]) -> str:
    bits = summary["bits"]
    origin = provenance["origin"]
    figures = {row["network"]: row for row in run.arrow("evaluation").to_pylist()}
    rows = "\n".join(
        f"| {label} | {_percent(figures[name]['top1'])} | {_percent(figures[name]['agreement'])} |"
        f" {_number(figures[name]['logit_rmse'])} |"
        for label, name in (("float", "float"), ("before training", "untrained"), ("this model", "quantized"))
        if name in figures
    )
    preprocessing = "\n".join(f"* {key}: {value}" for key, value in sorted(origin["preprocessing"].items()))
    files = "\n".join(f"* `{name}`" for name in run.names if name.startswith("model/"))
    return f"""# {summary["network"]}, quantized

The weights are {bits["weights"]}-bit integers and the activations {bits["activations"]}-bit integers
({summary["granularity"]}, {summary["scheme"]}). Thresher {origin["version"]} made them from the float network without
labels: {_training(summary)}.

| | Top-1 | same first class as float | RMSE of logits |
|---|---|---|---|
{rows}

All were measured on the same {summary["images_evaluated"]} images.

## Input

{preprocessing}

## Files

{files}

## Origin

* float network: SHA-256 `{origin["model_sha256"]}`
* sample: SHA-256 `{origin["sample_sha256"]}`
* settings: SHA-256 `{origin["settings_sha256"]}`
"""


def _training(summary: dict[str, Any]) -> str:
    if summary["rounds"] == 0:
        return "it measured ranges and trained nothing"
    return f"it trained only the scales of thresholds, on {summary['images_trained']} images"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} %"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
