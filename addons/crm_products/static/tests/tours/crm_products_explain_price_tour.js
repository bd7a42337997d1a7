import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("crm_products_explain_price_tour", {
    url: "/odoo/crm-goods-services",
    steps: () => [
        {
            trigger: ".o_data_row td:contains('Desktop printer')",
            run: "click",
        },
        {
            trigger: "button[name='action_crm_prices']",
            run: "click",
        },
        {
            content: "The salesperson sees prices, but no margins",
            trigger: ".o_list_view:not(:has(th[data-name='margin_percent'])):not(:has(:contains('Printer Works')))",
        },
        {
            trigger: ".o_data_row:contains('Resellers'):contains('90.00') button[name='action_explain']",
            run: "click",
        },
        {
            trigger: ".modal .o_crm_price_result:contains('90.00')",
        },
        {
            trigger: ".modal .o_crm_price_steps li[data-kind='discount']:contains('10 %')",
        },
        {
            trigger: ".modal .o_crm_price_lost li[data-reason='quantity']:contains('80.00')",
        },
        {
            trigger: ".modal .o_field_widget[name='quantity'] input",
            run: "edit 10 && press Tab",
        },
        {
            trigger: ".modal .o_crm_price_result:contains('80.00')",
        },
        {
            trigger: ".modal footer button",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) .o_list_view",
        },
    ],
});
