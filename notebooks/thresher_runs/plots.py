"""Interactive figures of one run or of several, by plotly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from thresher_runs.run import Run


def layers(run: Run) -> Any:
    """SQNR of each layer's output and weights, with its name, kind and size where the pointer is."""
    import plotly.graph_objects as go

    frame = run.table("layers")
    figure = go.Figure()
    for column, name in (("sqnr_db", "activation"), ("weight_sqnr_db", "weights"), ("only_sqnr_db", "this layer alone")):
        figure.add_scatter(
            x=frame["index"],
            y=frame[column],
            name=name,
            mode="lines+markers" if column == "sqnr_db" else "markers",
            customdata=frame[["tensor", "kind", "weights", "macs"]],
            hovertemplate="%{customdata[0]}<br>%{customdata[1]}, %{y:.1f} dB<br>weights %{customdata[2]:,}"
            "<br>multiply-adds %{customdata[3]:,}<extra>%{fullData.name}</extra>",
        )
    return figure.update_layout(xaxis_title="layer", yaxis_title="SQNR, dB")


def training(runs: Mapping[str, Run]) -> Any:
    """The loss of each run over the images that training has read."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for name, run in runs.items():
        rounds = run.table("rounds")
        figure.add_scatter(x=rounds["images"].cumsum(), y=rounds["loss"], name=name, mode="lines+markers")
    return figure.update_layout(xaxis_title="images trained on", yaxis_title="loss, units of logits")


def differences(run: Run) -> Any:
    """The images on which the integers' first class is another one: how sure the float network was, and what became
    of the logits."""
    import plotly.graph_objects as go

    frame = run.images("different")
    figure = go.Figure()
    for outcome, rows in frame.groupby("outcome"):
        figure.add_scatter(
            x=rows["float_margin"],
            y=rows["logit_rmse"],
            name=str(outcome),
            mode="markers",
            customdata=rows[["id", "float_class_name", "quantized_class_name"]],
            hovertemplate="%{customdata[0]}<br>float: %{customdata[1]}<br>integers: %{customdata[2]}<extra>"
            "%{fullData.name}</extra>",
        )
    return figure.update_layout(
        xaxis_title="margin of the float network's first class, logits", yaxis_title="RMSE of the image's logits"
    )
