import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/** Links to the sheet to fill in, empty or with what is there already. */
export class CrmImportTemplates extends Component {
    static template = "crm_products.CrmImportTemplates";
    static props = { ...standardWidgetProps };

    get url() {
        return `/crm_products/import_template/${this.props.record.data.kind}`;
    }
}

registry.category("view_widgets").add("crm_import_templates", {
    component: CrmImportTemplates,
    fieldDependencies: [{ name: "kind", type: "selection" }],
});
