import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("crm_reports_build_tour", {
    url: "/odoo/crm-reports/new",
    steps: () => [
        {
            trigger: ".o_field_widget[name=name] :is(input, textarea)",
            run: "edit Countries by currency",
        },
        { trigger: ".o_field_crm_report_source input", run: "edit Country" },
        { trigger: ".o-autocomplete--dropdown-item:contains(/^Country$/)", run: "click" },
        {
            content: "the result is there at once",
            trigger: ".o_crm_report_result tbody tr:nth-child(5)",
        },
        { trigger: ".o_field_widget[name=kind] .o_radio_item:nth-child(2) input", run: "click" },
        { trigger: ".o_crm_report_add_groups", run: "click" },
        { trigger: ".o_model_field_selector_popover input", run: "edit Currency" },
        {
            trigger: ".o_model_field_selector_popover_item_name:contains(/^Currency$/)",
            run: "click",
        },
        { trigger: ".o_crm_report_result th:contains(Currency)" },
        { trigger: ".o_crm_report_result tfoot td:contains(Total)" },
        { trigger: "button[name=action_open]", run: "click" },
        { trigger: ".o_pivot table th:contains(USD)" },
    ],
});
