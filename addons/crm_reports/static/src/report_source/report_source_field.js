import { Component } from "@odoo/owl";
import { AutoComplete } from "@web/core/autocomplete/autocomplete";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { fuzzyLookup } from "@web/core/utils/search";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** Chooses the records of a report among those that the user may read. */
export class ReportSourceField extends Component {
    static template = "crm_reports.ReportSourceField";
    static components = { AutoComplete };
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
    }

    get label() {
        return this.props.record.data[this.props.name]?.display_name || "";
    }

    get placeholder() {
        return _t("e.g. Contact, Phone Call…");
    }

    get sources() {
        return [{ placeholder: _t("Loading…"), options: (request) => this.search(request) }];
    }

    async search(request) {
        this.found ??= this.orm.call("crm.report", "crm_sources", []);
        const sources = await this.found;
        const matching = request ? fuzzyLookup(request, sources, ({ name }) => name) : sources;
        if (!matching.length) {
            return [{ label: _t("Nothing found"), cssClass: "o_m2o_no_result" }];
        }
        return matching.map(({ id, name }) => ({
            label: name,
            onSelect: () =>
                this.props.record.update({ [this.props.name]: { id, display_name: name } }),
        }));
    }
}

registry.category("fields").add("crm_report_source", {
    component: ReportSourceField,
    displayName: _t("Report source"),
    supportedTypes: ["many2one"],
});
