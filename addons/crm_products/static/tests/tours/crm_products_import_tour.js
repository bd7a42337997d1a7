import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("crm_products_import_tour", {
    steps: () => [
        {
            content: "Errors come first, and nothing can be imported",
            trigger:
                ".o_form_view:not(:has(button[name='action_confirm'])) .o_crm_import_preview button.active[data-list='problems']",
        },
        {
            trigger: ".o_crm_import_preview td:contains('not a number')",
        },
        {
            trigger: ".o_crm_import_preview button[data-list='changed']",
            run: "click",
        },
        {
            content: "A price with what it was, what it becomes and by how much",
            trigger: ".o_crm_import_preview tr:contains('[TOUR-1] Tour product'):contains('10.00'):contains('12.50'):contains('+25 %')",
        },
        {
            trigger: ".o_crm_import_preview button[data-list='new']",
            run: "click",
        },
        {
            trigger: ".o_crm_import_preview tr:contains('[TOUR-2] Tour novelty'):contains('7.00')",
        },
        {
            trigger: ".o_field_widget[name='skip_problems'] input",
            run: "check",
        },
        {
            trigger: "button[name='action_confirm']",
            run: "click",
        },
        {
            trigger: "button[name='action_open_records']",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains('Tour novelty')",
        },
    ],
});
