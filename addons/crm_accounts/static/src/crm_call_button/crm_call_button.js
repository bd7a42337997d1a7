import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { Component } from "@odoo/owl";

/** Dials a number of the record and opens the dialog that logs the call. */
export class CrmCallButton extends Component {
    static template = "crm_accounts.CrmCallButton";
    static props = { ...standardWidgetProps, field: String };

    setup() {
        this.action = useService("action");
    }

    get number() {
        return this.props.record.resId && this.props.record.data[this.props.field];
    }

    get href() {
        return "tel:" + this.number.replace(/[^+\d]/g, "");
    }

    async onClick() {
        const { record } = this.props;
        await this.action.doActionButton({
            type: "object",
            name: "action_crm_log_call",
            resModel: record.resModel,
            resId: record.resId,
            resIds: [record.resId],
            context: record.context,
            onClose: () => record.load(),
        });
    }
}

registry.category("view_widgets").add("crm_call_button", {
    component: CrmCallButton,
    extractProps: ({ attrs }) => ({ field: attrs.field }),
});
