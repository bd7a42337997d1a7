import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { imageUrl } from "@web/core/utils/urls";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** Contacts that are to become one, side by side: of each field that differs, which value stays. */
export class CrmMergeChoicesField extends Component {
    static template = "crm_accounts.CrmMergeChoicesField";
    static props = { ...standardFieldProps };

    get comparison() {
        return this.props.record.data.crm_comparison || { partners: [], rows: [] };
    }

    get choices() {
        return this.props.record.data[this.props.name] || {};
    }

    /** The kept contact comes first; without a value of its own, it takes the next one's. */
    chosen(row) {
        const ids = this.comparison.partners.map(([id]) => id).filter((id) => id in row.values);
        return ids.includes(this.choices[row.name]) ? this.choices[row.name] : ids[0];
    }

    choose(row, id) {
        this.props.record.update({ [this.props.name]: { ...this.choices, [row.name]: id } });
    }

    image(row, id) {
        return imageUrl("res.partner", id, row.name);
    }
}

registry.category("fields").add("crm_merge_choices", {
    component: CrmMergeChoicesField,
    supportedTypes: ["json"],
});
