import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("crm_products_price_update_tour", {
    url: "/odoo/crm-price-updates/new",
    steps: () => [
        {
            content: "A product that the test has made",
            trigger: ".o_field_widget[name='name'] input",
            run: "edit Tour prices",
        },
        {
            trigger: ".o_field_widget[name='product_tmpl_ids'] input",
            run: "edit Tour stapler",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains('Tour stapler')",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name='value'] input",
            run: "edit 10",
        },
        ...stepUtils.saveForm(),
        {
            trigger: "button[name='action_simulate']:contains('Simulate')",
            run: "click",
        },
        {
            content: "The lines are shown without looking for them",
            trigger: "[name='line_ids'] .o_data_row td[name='new_price']:contains('22.00')",
            run: "click",
        },
        {
            trigger: "[name='line_ids'] .o_data_row td[name='new_price'] input",
            run: "edit 23",
        },
        {
            trigger: "button[name='action_apply']:contains('Apply')",
            run: "click",
        },
        {
            trigger: "[name='line_ids'] .o_data_row:contains('Applied'):contains('23.00')",
        },
        {
            trigger: "button[name='action_revert']",
            run: "click",
        },
        {
            trigger: ".modal footer .btn-primary",
            run: "click",
        },
        {
            trigger: "[name='line_ids'] .o_data_row:contains('Undone')",
        },
        {
            trigger: "button[name='action_open_history']",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row td[name='target']:contains('Tour stapler')",
            run: "click",
        },
        {
            content: "The row of the history opens its product",
            trigger: "button[name='action_crm_price_history']",
            run: "click",
        },
        {
            content: "The curves of its prices",
            trigger: ".o_graph_renderer canvas",
        },
    ],
});
