import * as echarts from 'echarts';
import { type DashboardBody, type GraphWidget, type Line, linesOf } from './dashboard';
import type { Metrics } from './metrics';
import type { Periods } from './statistics';

/** Pixels of a unit of the grid. */
const UNIT = { width: 90, height: 55 };
const MARGIN = 8;

/** A dashboard as SVG, with the data of a number of periods up to the last complete minute. The first period begins at minute 0. */
export function dashboardPicture({ widgets }: DashboardBody, metrics: Metrics, count: number): string {
  const pictures = widgets.map((widget) => {
    const length = widget.properties.period * 1_000;
    const periods = { end: metrics.lastMinute, length, count };
    return `<g transform="translate(${widget.x * UNIT.width} ${widget.y * UNIT.height})">${graph(widget, linesOf(widget, metrics, periods), periods)}</g>`;
  });
  const width = UNIT.width * Math.max(...widgets.map((widget) => widget.x + widget.width));
  const height = UNIT.height * Math.max(...widgets.map((widget) => widget.y + widget.height));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<rect width="${width}" height="${height}" fill="#f2f3f3"/>`, ...pictures, '</svg>', '',
  ].join('\n');
}

function graph(widget: GraphWidget, lines: readonly Line[], { length }: Periods): string {
  const [width, height] = [widget.width * UNIT.width - MARGIN, widget.height * UNIT.height - MARGIN];
  const { title, yAxis } = widget.properties;
  const hasRight = lines.some(({ axis }) => axis === 'right');
  const axis = (label?: string) => ({ type: 'value' as const, min: 0, minInterval: 1, name: label ?? '', nameLocation: 'middle' as const, nameGap: 46, splitNumber: 4 });
  const chart = echarts.init(null, undefined, { renderer: 'svg', ssr: true, width, height });
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: 'sans-serif' },
    title: { text: title, left: 10, top: 8, textStyle: { fontSize: 15 } },
    legend: { bottom: 8, left: 10, orient: 'vertical', itemWidth: 14, itemHeight: 8, itemGap: 4, data: lines.map(({ label }) => label) },
    grid: { left: 45, right: hasRight ? 70 : 20, top: 48, bottom: 44 + 18 * lines.length },
    xAxis: { type: 'category', data: (lines[0]?.series ?? []).map((_, index) => String((index * length) / 60_000)) },
    yAxis: hasRight ? [axis(yAxis?.left?.label), axis(yAxis?.right?.label)] : [axis(yAxis?.left?.label)],
    series: lines.map(({ label, axis: side, series }) => (
      { type: 'line' as const, name: label, yAxisIndex: side === 'right' ? 1 : 0, data: series.map((value) => value ?? null), symbolSize: 5 }
    )),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
