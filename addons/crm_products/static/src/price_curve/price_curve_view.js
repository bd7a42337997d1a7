// SPDX-License-Identifier: LGPL-3.0-or-later
import { cookie } from "@web/core/browser/cookie";
import { getColor } from "@web/core/colors/colors";
import { formatDate } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { formatMonetary } from "@web/views/fields/formatters";
import { GraphModel } from "@web/views/graph/graph_model";
import { GraphRenderer } from "@web/views/graph/graph_renderer";
import { graphView } from "@web/views/graph/graph_view";

const { DateTime } = luxon;

/** A price holds until it is changed: its line is a staircase, not a sum by day. */
export class PriceCurveModel extends GraphModel {
    async _loadDataPoints(metaData) {
        const [curves, dataPoints] = await Promise.all([
            this.orm.call(metaData.resModel, "crm_price_curves", [metaData.domain]),
            super._loadDataPoints(metaData),
        ]);
        this.curves = curves;
        return dataPoints;
    }
}

export class PriceCurveRenderer extends GraphRenderer {
    get isCurve() {
        return this.model.metaData.mode === "line" && Boolean(this.model.curves);
    }

    getLineChartData() {
        if (!this.isCurve) {
            return super.getLineChartData();
        }
        const { curves } = this.model;
        const datasets = curves.map((curve, index) => {
            const color = getColor(index, cookie.get("color_scheme"), curves.length);
            return {
                label: curve.label,
                currencyId: curve.currency_id,
                data: curve.points.map(([x, y]) => ({ x: DateTime.fromSQL(x, { zone: "utc" }).toMillis(), y })),
                stepped: true,
                fill: false,
                borderColor: color,
                backgroundColor: color,
                pointBackgroundColor: color,
                borderWidth: 2,
                pointRadius: 3,
                pointHoverRadius: 6,
            };
        });
        return { datasets };
    }

    getElementOptions() {
        return this.isCurve ? {} : super.getElementOptions();
    }

    getAnimationOptions() {
        return this.isCurve ? { duration: 0 } : super.getAnimationOptions();
    }

    getScaleOptions() {
        const scales = super.getScaleOptions();
        if (this.isCurve) {
            Object.assign(scales.x, { type: "time" });
            scales.x.ticks = {
                ...scales.x.ticks,
                autoSkipPadding: 24,
                maxRotation: 0,
                callback: (value) => formatDate(DateTime.fromMillis(value)),
            };
            Object.assign(scales.y, { beginAtZero: false, grace: "10%", stacked: false });
            delete scales.y.suggestedMin;
            delete scales.y.suggestedMax;
            scales.y.grid.display = true;
        }
        return scales;
    }

    getTooltipOptions() {
        if (!this.isCurve) {
            return super.getTooltipOptions();
        }
        return {
            mode: "nearest",
            intersect: false,
            callbacks: {
                title: ([item]) => formatDate(DateTime.fromMillis(item.parsed.x)),
                label: (item) =>
                    `${item.dataset.label}: ${formatMonetary(item.parsed.y, {
                        currencyId: item.dataset.currencyId,
                    })}`,
            },
        };
    }

    prepareOptions() {
        const options = super.prepareOptions();
        if (this.isCurve) {
            options.interaction = { mode: "nearest", intersect: false };
        }
        return options;
    }
}

registry.category("views").add("crm_price_curve", {
    ...graphView,
    Model: PriceCurveModel,
    Renderer: PriceCurveRenderer,
});
