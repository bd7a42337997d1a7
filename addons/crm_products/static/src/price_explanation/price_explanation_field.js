import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** How a price comes about; that of another list, on which it rests, is explained within. */
export class CrmPriceExplanation extends Component {
    static template = "crm_products.CrmPriceExplanation";
    static components = { CrmPriceExplanation };
    static props = { explanation: Object };
}

export class CrmPriceExplanationField extends Component {
    static template = "crm_products.CrmPriceExplanationField";
    static components = { CrmPriceExplanation };
    static props = { ...standardFieldProps };

    get explanation() {
        return this.props.record.data[this.props.name];
    }
}

registry.category("fields").add("crm_price_explanation", {
    component: CrmPriceExplanationField,
    supportedTypes: ["json"],
});
