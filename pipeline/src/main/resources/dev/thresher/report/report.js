"use strict";
// Draws the charts of the page's data with ECharts, in the page's colours, again whenever the width or the
// colours change. Texts of the run reach ECharts as plain texts only: no tooltip or label is built of HTML.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const narrow = () => document.documentElement.clientWidth < 600;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  const number = (value) => (value === null || value === undefined ? "–" : String(Number(value.toPrecision(4))));
  const counted = (value) => value.toLocaleString("en");
  // ECharts measures texts before it draws them, so it must know the font and cannot inherit it.
  const font = getComputedStyle(document.body).fontFamily;
  const drawn = new Map();

  function axisOfValues(axis, lying, fromZero) {
    const quiet = colour("quiet");
    return {
      type: axis.scale === "LOGARITHMIC" ? "log" : "value",
      name: axis.name,
      nameLocation: lying ? "middle" : "end",
      nameGap: lying ? 28 : 12,
      nameTextStyle: { color: quiet, align: lying ? "center" : "left" },
      scale: !fromZero,
      axisLabel: { color: quiet, hideOverlap: true, formatter: number },
      splitLine: { lineStyle: { color: colour("line") } },
    };
  }

  function axisOfCategories(chart) {
    const quiet = colour("quiet");
    const short = (text) => (chart.lying ? text : text.split(" ")[0]);
    return {
      type: "category",
      data: chart.categories,
      name: chart.category,
      nameLocation: "middle",
      nameGap: 26,
      nameTextStyle: { color: quiet },
      inverse: chart.lying,
      axisLabel: {
        color: quiet,
        hideOverlap: true,
        formatter: short,
        width: chart.lying ? (narrow() ? 110 : 220) : undefined,
        overflow: chart.lying ? "truncate" : "none",
      },
      axisLine: { lineStyle: { color: quiet } },
    };
  }

  // A range is a bar that stands on an invisible one.
  function seriesOf(one, chart) {
    const tone = colour(one.tone.toLowerCase());
    const hollow = one.mark === "DOT" && one.tone === "BEFORE";
    const item = hollow ? { color: "transparent", borderColor: tone, borderWidth: 2 } : { color: tone };
    const name = one.name;
    if (one.mark === "RANGE") {
      const stack = "range " + name;
      const height = one.values.map((high, i) => (high === null ? null : high - one.lows[i]));
      const under = { type: "bar", stack, name: name + " from", data: one.lows, itemStyle: { color: "transparent" }, silent: true, barMaxWidth: 14 };
      const over = { type: "bar", stack, name, data: height, itemStyle: { color: tone, opacity: 0.35 }, barMaxWidth: 14 };
      return [under, over];
    }
    if (one.mark === "BAR") {
      return [{ type: "bar", name, data: one.values, stack: one.stack, itemStyle: item, barMaxWidth: 28 }];
    }
    if (one.mark === "DOT") {
      return [{ type: "scatter", name, data: one.values, itemStyle: item, symbolSize: 8, symbol: "circle", z: 3 }];
    }
    return [{ type: "line", name, data: one.values, itemStyle: item, lineStyle: { width: 2 }, symbolSize: 5, showSymbol: one.values.length < 80 }];
  }

  function limits(chart) {
    return {
      silent: true,
      symbol: "none",
      animation: false,
      lineStyle: { color: colour("quiet"), type: "dashed" },
      label: { formatter: (at) => at.name, position: "insideEndTop", color: colour("quiet"), fontSize: 11 },
      data: chart.lines.map((line) => ({ name: line.name, [chart.lying ? "xAxis" : "yAxis"]: line.value })),
    };
  }

  function tooltip(chart) {
    return {
      trigger: "axis",
      renderMode: "richText",
      confine: true,
      axisPointer: { type: "shadow" },
      backgroundColor: colour("card"),
      borderColor: colour("line"),
      textStyle: { color: colour("text"), fontSize: 12 },
      formatter: (items) => {
        const at = items[0].dataIndex;
        const lines = chart.series.map((one) =>
          one.lows
            ? one.name + ": " + number(one.lows[at]) + " to " + number(one.values[at])
            : one.name + ": " + number(one.values[at]));
        return [chart.category && !chart.lying ? chart.category + " " + chart.categories[at] : chart.categories[at], ...lines].join("\n");
      },
    };
  }

  function option(chart) {
    const many = !chart.lying && chart.categories.length > (narrow() ? 40 : 120);
    const values = axisOfValues(chart.value, chart.lying, chart.series.some((one) => one.mark === "BAR"));
    const categories = axisOfCategories(chart);
    const series = chart.series.flatMap((one) => seriesOf(one, chart));
    if (chart.lines.length > 0) {
      series[series.length - 1].markLine = limits(chart);
      const bounds = chart.lines.map((line) => line.value);
      if (values.type === "value") {
        values.min = (extent) => Math.min(extent.min, ...bounds);
        values.max = (extent) => Math.max(extent.max, ...bounds);
      }
    }
    return {
      animation: false,
      textStyle: { fontFamily: font },
      aria: { enabled: false },
      legend: { show: chart.series.length > 1, top: 0, left: 0, data: chart.series.map((one) => one.name), textStyle: { color: colour("text") }, itemWidth: 18 },
      grid: { left: 8, right: 14, top: chart.series.length > 1 ? 56 : 34, bottom: many ? 64 : 30, containLabel: true },
      tooltip: tooltip(chart),
      dataZoom: many
        ? [{ type: "slider", bottom: 6, height: 22, brushSelect: false, textStyle: { color: colour("quiet") } }]
        : [],
      xAxis: chart.lying ? values : categories,
      yAxis: chart.lying ? categories : values,
      series,
    };
  }

  // Bins as a chart: the line of a threshold lies between two categories, so both axes are of values here.
  function histogram(distribution, logarithmic) {
    const tone = colour("after");
    const quiet = colour("quiet");
    const middle = (i) => distribution.low + distribution.width * (i + 0.5);
    const points = distribution.counts.map((count, i) => [middle(i), logarithmic && count === 0 ? null : count]);
    const ranges = ["before", "after"].filter((when) => distribution[when]).map((when) => ({
      name: "range " + when,
      ends: [distribution[when].left, distribution[when].right],
      line: { color: colour(when), type: when === "before" ? "dashed" : "solid", width: 2 },
    }));
    const edges = ranges.flatMap((range) => range.ends);
    // A series without points carries each pair of lines, so that the legend names them.
    const lines = ranges.map((range) => ({
      type: "line",
      name: range.name,
      data: [],
      symbol: "none",
      lineStyle: range.line,
      itemStyle: { color: range.line.color },
      markLine: { silent: true, symbol: "none", animation: false, label: { show: false }, lineStyle: range.line, data: range.ends.map((at) => ({ xAxis: at })) },
    }));
    const width = distribution.width;
    const high = distribution.low + width * distribution.counts.length;
    return {
      animation: false,
      textStyle: { fontFamily: font },
      legend: { top: 0, left: 0, data: ranges.map((range) => range.name), textStyle: { color: colour("text") }, icon: "rect", itemHeight: 3, itemWidth: 18 },
      grid: { left: 8, right: 14, top: 56, bottom: 30, containLabel: true },
      tooltip: {
        trigger: "axis",
        renderMode: "richText",
        confine: true,
        backgroundColor: colour("card"),
        borderColor: colour("line"),
        textStyle: { color: colour("text"), fontSize: 12 },
        formatter: (items) => {
          const i = items[0].dataIndex;
          return number(distribution.low + width * i) + " to " + number(distribution.low + width * (i + 1)) + "\n" + counted(distribution.counts[i]) + " values";
        },
      },
      xAxis: {
        type: "value",
        name: "value",
        nameLocation: "middle",
        nameGap: 26,
        nameTextStyle: { color: quiet },
        min: Math.min(distribution.low, ...edges),
        max: Math.max(high, ...edges),
        axisLabel: { color: quiet, hideOverlap: true, formatter: number, showMinLabel: false, showMaxLabel: false },
        splitLine: { show: false },
      },
      yAxis: {
        type: logarithmic ? "log" : "value",
        name: "count",
        min: logarithmic ? 0.5 : 0,
        nameTextStyle: { color: quiet, align: "left" },
        axisLine: { onZero: false },
        axisLabel: { color: quiet, hideOverlap: true, formatter: (v) => (v < 1 ? (v === 0 ? "0" : "") : v >= 1e4 ? v.toExponential(0) : String(v)) },
        splitLine: { lineStyle: { color: colour("line") } },
      },
      series: [{
        type: "bar",
        name: "values",
        data: points,
        barWidth: "99%",
        itemStyle: { color: tone, opacity: 0.6 },
      }, ...lines],
    };
  }

  function sentence(distribution) {
    const total = distribution.counts.reduce((sum, count) => sum + count, 0);
    const after = distribution.after;
    const high = distribution.low + distribution.width * distribution.counts.length;
    const values = counted(total) + " values between " + number(distribution.low) + " and " + number(high) + ".";
    return after
      ? values + " The integers represent " + number(after.left) + " to " + number(after.right)
        + (distribution.before ? "; before training " + number(distribution.before.left) + " to " + number(distribution.before.right) : "") + "."
      : values;
  }

  function draw(id, make) {
    const element = document.getElementById("chart-" + id);
    if (!element) {
      return;
    }
    let instance = drawn.get(id);
    if (!instance) {
      instance = echarts.init(element, null, { renderer: "svg" });
      drawn.set(id, instance);
    }
    instance.setOption(make(), true);
  }

  function fit(id, chart) {
    const element = document.getElementById("chart-" + id);
    if (chart.lying) {
      element.style.height = 90 + 34 * chart.categories.length + "px";
    }
  }

  const tensor = document.getElementById("tensor");
  const logarithmic = document.getElementById("logarithmic");

  function drawHistogram() {
    const distribution = data.distributions[tensor.selectedIndex];
    document.getElementById("histogram-sentence").textContent = sentence(distribution);
    draw("histogram", () => histogram(distribution, logarithmic.checked));
  }

  function drawAll() {
    for (const [id, chart] of Object.entries(data.charts)) {
      fit(id, chart);
      draw(id, () => option(chart));
    }
    if (tensor) {
      drawHistogram();
    }
  }

  if (tensor) {
    tensor.addEventListener("change", drawHistogram);
    logarithmic.addEventListener("change", drawHistogram);
  }
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  let pending = 0;
  window.addEventListener("resize", () => {
    cancelAnimationFrame(pending);
    pending = requestAnimationFrame(() => {
      drawn.forEach((instance) => instance.resize());
      drawAll();
    });
  });
  drawAll();
  document.documentElement.dataset.charts = String(drawn.size);
})();
