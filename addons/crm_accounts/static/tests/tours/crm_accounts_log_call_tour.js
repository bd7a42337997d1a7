import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("crm_accounts_log_call_tour", {
    url: "/odoo/crm-accounts",
    steps: () => [
        {
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            trigger: "h1 .o_field_widget[name='name'] :is(input, textarea)",
            run: "edit Tour Foods",
        },
        ...stepUtils.saveForm(),
        {
            trigger: "button[name='action_crm_log_call']",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name='name'] input",
            run: "edit First call",
        },
        {
            trigger: ".modal footer button.btn-primary",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) button[name='action_crm_view_calls']",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains('First call')",
        },
    ],
});
