import { Component, useState } from "@odoo/owl";
import { Domain } from "@web/core/domain";
import { DomainSelector } from "@web/core/domain_selector/domain_selector";
import { useGetDefaultLeafDomain } from "@web/core/domain_selector/utils";
import { deserializeDate, deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { ModelFieldSelector } from "@web/core/model_field_selector/model_field_selector";
import { ModelFieldSelectorPopover } from "@web/core/model_field_selector/model_field_selector_popover";
import { usePopover } from "@web/core/popover/popover_hook";
import { registry } from "@web/core/registry";
import { domainContainsExpressions } from "@web/core/tree_editor/domain_contains_expressions";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { useRecordObserver } from "@web/model/relational_model/utils";
import {
    formatDate,
    formatDateTime,
    formatFloat,
    formatInteger,
    formatMonetary,
} from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const COUNT = "__count";
const NUMBERS = ["integer", "float", "monetary"];
const DATES = ["date", "datetime"];
const HIDDEN = ["binary", "json", "properties", "properties_definition", "separator"];
const GRANULARITIES = [
    ["hour", _t("Hour")],
    ["day", _t("Day")],
    ["week", _t("Week")],
    ["month", _t("Month")],
    ["quarter", _t("Quarter")],
    ["year", _t("Year")],
];
const AGGREGATORS = {
    sum: _t("Sum"),
    avg: _t("Average"),
    min: _t("Lowest"),
    max: _t("Highest"),
    count_distinct: _t("Different values"),
};
const CHARTS = [
    ["bar", _t("Bars")],
    ["line", _t("Lines")],
    ["pie", _t("Pie")],
];
// what may be picked for each part; the server decides again at each run
const PICKABLE = {
    columns: (field) => !HIDDEN.includes(field.type),
    groups: (field) => field.name !== "id" && (field.groupable || field.type === "many2one"),
    measures: (field) =>
        field.name !== "id" &&
        field.store &&
        [...NUMBERS, ...DATES, "many2one"].includes(field.type),
};

/** Shows the result of a report at once, and edits its definition beside it. */
export class ReportBuilderField extends Component {
    static template = "crm_reports.ReportBuilderField";
    static components = { DomainSelector, ModelFieldSelector };
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.fieldService = useService("field");
        this.notification = useService("notification");
        this.getDefaultLeafDomain = useGetDefaultLeafDomain();
        this.granularities = GRANULARITIES;
        this.charts = CHARTS;
        this.state = useState({
            open: !this.props.readonly && !this.props.record.resId,
            table: null,
            problems: [],
            editable: true,
        });
        this.keepLast = new KeepLast();
        this.load = useDebounced(() => this.loadResult(), 300);
        this.popover = usePopover(ModelFieldSelectorPopover, {
            popoverClass: "o_popover_field_selector",
            onClose: () => this.onFieldPicked(),
        });
        useRecordObserver((record) => {
            const query = JSON.stringify([
                record.data.model_id?.id,
                record.data.kind,
                record.data[this.props.name],
            ]);
            if (query !== this.query) {
                this.query = query;
                if (this.state.table || this.state.problems.length) {
                    this.load();
                } else {
                    this.loadResult();
                }
            }
        });
    }

    get resModel() {
        return this.props.record.data.model_name;
    }

    get isList() {
        return this.props.record.data.kind === "list";
    }

    get isChart() {
        return this.props.record.data.kind === "graph";
    }

    get definition() {
        return this.props.record.data[this.props.name] || {};
    }

    get parts() {
        if (this.isList) {
            return [{ name: "columns", title: _t("Columns"), add: _t("Add a column") }];
        }
        return [
            { name: "groups", title: _t("Groups"), add: _t("Add a group") },
            { name: "measures", title: _t("Measures"), add: _t("Add a measure") },
        ];
    }

    get hasCount() {
        return this.items("measures").some((item) => item.path === COUNT);
    }

    get filters() {
        return new Domain(this.definition.filters || []).toString();
    }

    get sortChoices() {
        const columns = (this.state.table?.columns || []).filter((column) => column.sortable);
        return columns.map(({ spec, label }) => [spec, label]);
    }

    get newSortChoices() {
        const used = this.items("order").map(({ path }) => path);
        return this.sortChoices.filter(([spec]) => !used.includes(spec));
    }

    get rowsText() {
        const { count, rows, truncated } = this.state.table;
        if (count === 1) {
            return _t("1 record");
        }
        return truncated
            ? _t("First %(shown)s rows, %(count)s records in all", {
                  shown: formatInteger(rows.length),
                  count: formatInteger(count),
              })
            : _t("%(count)s records", { count: formatInteger(count) });
    }

    async loadResult() {
        const [modelId, kind, definition] = JSON.parse(this.query);
        if (!modelId) {
            return;
        }
        let result;
        try {
            result = await this.keepLast.add(
                this.orm.call("crm.report", "crm_preview", [modelId, kind, definition])
            );
        } catch (error) {
            if (!error.data) {
                throw error;
            }
            result = { problems: [error.data.message], editable: true };
        }
        this.state.problems = result.problems || [];
        this.state.editable = result.editable ?? true;
        this.state.table = result.problems ? null : result;
    }

    items(part) {
        return this.definition[part] || [];
    }

    update(changes) {
        return this.props.record.update({
            [this.props.name]: { ...this.definition, ...changes },
        });
    }

    setItem(part, index, changes) {
        const items = this.items(part).map((item, position) =>
            position === index ? { ...item, ...changes } : item
        );
        this.update({ [part]: items, ...this.keptOrder(part, items) });
    }

    removeItem(part, index) {
        const items = this.items(part).filter((_item, position) => position !== index);
        this.update({ [part]: items, ...this.keptOrder(part, items) });
    }

    /** Forget the sorting by a group or measure that has changed or gone. */
    keptOrder(part, items) {
        if (this.isList || part === "order") {
            return {};
        }
        const parts = { groups: this.items("groups"), measures: this.items("measures") };
        const specs = Object.values({ ...parts, [part]: items })
            .flat()
            .map(({ path, granularity, aggregator }) =>
                [path, granularity || aggregator].filter(Boolean).join(":")
            );
        return { order: this.items("order").filter(({ path }) => specs.includes(path)) };
    }

    moveUp(part, index) {
        const items = [...this.items(part)];
        [items[index - 1], items[index]] = [items[index], items[index - 1]];
        this.update({ [part]: items });
    }

    pickField(ev, part) {
        this.picked = { part, path: "" };
        this.popover.open(ev.currentTarget, {
            resModel: this.resModel,
            path: "",
            update: (path) => {
                this.picked.path = path;
            },
            showSearchInput: true,
            filter: PICKABLE[part],
            followRelations: part !== "measures",
        });
    }

    async onFieldPicked() {
        const { part, path } = this.picked;
        if (!path) {
            return;
        }
        const { fieldDef } = await this.fieldService.loadFieldInfo(this.resModel, path);
        const isDate = DATES.includes(fieldDef?.type);
        const item = { path };
        if (part === "groups" && isDate) {
            item.granularity = "month";
        } else if (part === "measures") {
            item.aggregator = isDate ? "max" : "count_distinct";
            if (NUMBERS.includes(fieldDef.type)) {
                item.aggregator = fieldDef.aggregator === "avg" ? "avg" : "sum";
            }
        }
        this.update({ [part]: [...this.items(part), item] });
    }

    addCount() {
        this.update({ measures: [...this.items("measures"), { path: COUNT }] });
    }

    addOrder(ev) {
        if (ev.target.value) {
            this.update({ order: [...this.items("order"), { path: ev.target.value, desc: false }] });
        }
        ev.target.value = "";
    }

    setLimit(ev) {
        const limit = parseInt(ev.target.value, 10);
        this.update({ limit: limit > 0 ? limit : null });
    }

    async addCondition() {
        this.updateFilters(await this.getDefaultLeafDomain(this.resModel));
    }

    updateFilters(domain) {
        if (domainContainsExpressions(domain) !== false) {
            this.notification.add(_t("A filter can only hold fixed values and relative dates."), {
                type: "warning",
            });
            return;
        }
        this.update({ filters: new Domain(domain).toList({}) });
    }

    aggregators(item) {
        const spec = `${item.path}:${item.aggregator}`;
        const column = this.state.table?.columns.find((column) => column.spec === spec);
        const names = column?.aggregators.length ? column.aggregators : [item.aggregator];
        return names.map((name) => [name, AGGREGATORS[name]]);
    }

    isNumber(column) {
        return NUMBERS.includes(column.type);
    }

    format(column, cell) {
        if (cell === null || cell === undefined) {
            return "";
        }
        switch (column.type) {
            case "boolean":
                return cell ? _t("Yes") : _t("No");
            case "monetary":
                return cell[1]
                    ? formatMonetary(cell[0], { currencyId: cell[1] })
                    : formatFloat(cell[0]);
            case "integer":
                return column.role === "measure" ? formatInteger(cell) : String(cell);
            case "float":
                return formatFloat(cell, { digits: column.digits || undefined });
            case "date":
                return formatDate(deserializeDate(cell));
            case "datetime":
                return formatDateTime(deserializeDateTime(cell));
            default:
                return cell;
        }
    }
}

registry.category("fields").add("crm_report_builder", {
    component: ReportBuilderField,
    displayName: _t("Report"),
    supportedTypes: ["json"],
});
