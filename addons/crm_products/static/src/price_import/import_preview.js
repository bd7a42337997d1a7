import { Component, onWillStart, onWillUpdateProps, onWillUnmount, useState } from "@odoo/owl";
import { deserializeDate, deserializeDateTime, formatDate, formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { Pager } from "@web/core/pager/pager";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatFloat } from "@web/core/utils/numbers";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const PAGE = 40;
const POLL = 3000;
const CALLED_BY = ["reference", "name"];

/** What an import would change, line by line, and what is wrong in it. */
export class CrmImportPreview extends Component {
    limit = PAGE;
    static template = "crm_products.CrmImportPreview";
    static components = { Pager };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ list: false, offset: 0, rows: [], total: 0, columns: {} });
        onWillStart(() => this.start(this.props));
        onWillUpdateProps((nextProps) => {
            if (this.version(nextProps) !== this.shown) {
                return this.start(nextProps);
            }
        });
        onWillUnmount(() => clearTimeout(this.timer));
    }

    /** Changes with everything that makes what is shown an old one. */
    version({ record }) {
        return [record.resId, record.data.state, record.data.digest, record.data.problem_count].join();
    }

    async start(props) {
        clearTimeout(this.timer);
        this.shown = this.version(props);
        this.record = props.record;
        this.state.list = (this.lists.find((list) => list.count) || this.lists[0]).name;
        this.state.offset = 0;
        await this.load();
        this.watch();
    }

    async load() {
        const { resId, data } = this.record;
        if (!resId || data.state === "draft") {
            return;
        }
        const page = await this.orm.call("crm.price.import", "crm_preview", [
            [resId],
            this.state.list,
            this.state.offset,
            PAGE,
        ]);
        Object.assign(this.state, page);
    }

    /** Show how far an import in the background is, until it has finished. */
    watch() {
        if (["queued", "running"].includes(this.record.data.state)) {
            this.timer = setTimeout(async () => {
                await this.record.load();
                this.watch();
            }, POLL);
        }
    }

    get lists() {
        const data = this.record.data;
        return [
            { name: "problems", label: _t("Errors"), count: data.problem_count, color: "danger" },
            { name: "changed", label: _t("With Changes"), count: data.changed_count, color: "primary" },
            { name: "new", label: _t("New Records"), count: data.new_count, color: "success" },
            { name: "warnings", label: _t("Warnings"), count: data.warning_count, color: "warning" },
        ];
    }

    get summary() {
        const { line_count, unchanged_count } = this.record.data;
        return _t("Lines: %(lines)s · without change: %(unchanged)s", {
            lines: this.formatNumber(line_count),
            unchanged: this.formatNumber(unchanged_count),
        });
    }

    get busy() {
        return ["queued", "running"].includes(this.record.data.state);
    }

    get errorsUrl() {
        return `/crm_products/import_errors/${this.record.resId}`;
    }

    /** Errors of the file as a whole have no line to download. */
    get hasErrorsFile() {
        return this.state.list === "problems" && this.state.rows.some(([line]) => line);
    }

    choose(name) {
        Object.assign(this.state, { list: name, offset: 0, rows: [], total: 0 });
        return this.load();
    }

    turn({ offset }) {
        this.state.offset = offset;
        return this.load();
    }

    changes([_line, recordId, _name, shown]) {
        // What a new record is called stands beside its changes already.
        return Object.keys(this.state.columns)
            .filter((name) => name in shown && (recordId || !CALLED_BY.includes(name)))
            .map((name) => [name, ...(recordId ? shown[name] : [null, shown[name]])])
            .map(([name, before, after]) => ({
                name,
                label: this.state.columns[name].label,
                before: this.format(name, before),
                after: this.format(name, after),
                jump: this.jump(before, after),
            }))
            .filter((change) => change.before !== change.after);
    }

    /** How much a price goes up or down, to make a slip of the keyboard stand out. */
    jump(before, after) {
        if (typeof before !== "number" || typeof after !== "number" || before <= 0) {
            return false;
        }
        const percent = Math.round((100 * (after - before)) / before);
        const text = `${percent > 0 ? "+" : ""}${percent} %`;
        return percent && { large: Math.abs(percent) >= 50, text };
    }

    format(name, value) {
        const { holds, choices } = this.state.columns[name];
        if (value === null || value === "") {
            return "";
        }
        if (typeof value === "boolean") {
            return value ? _t("Yes") : _t("No");
        }
        if (value.percent !== undefined) {
            return `${this.formatNumber(value.percent)} %`;
        }
        if (typeof value === "number") {
            return this.formatNumber(value, ["amount", "value"].includes(holds) ? 2 : 0);
        }
        if (holds === "day") {
            return value.length > 10
                ? formatDateTime(deserializeDateTime(value.replace("T", " "), { tz: "utc" }))
                : formatDate(deserializeDate(value));
        }
        return choices[value] || value;
    }

    /** Return all the digits of a number, but at least some. */
    formatNumber(value, least = 0) {
        const digits = (String(value).split(".")[1] || "").length;
        return formatFloat(value, { digits: [16, Math.min(Math.max(digits, least), 6)] });
    }
}

registry.category("view_widgets").add("crm_import_preview", {
    component: CrmImportPreview,
    fieldDependencies: [
        { name: "state", type: "selection" },
        { name: "digest", type: "char" },
        { name: "notice", type: "char" },
        { name: "progress", type: "integer" },
        { name: "line_count", type: "integer" },
        { name: "new_count", type: "integer" },
        { name: "changed_count", type: "integer" },
        { name: "unchanged_count", type: "integer" },
        { name: "problem_count", type: "integer" },
        { name: "warning_count", type: "integer" },
    ],
});
