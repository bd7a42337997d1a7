import { registry } from "@web/core/registry";
import { delay } from "@web/core/utils/concurrency";
import tourUtils from "@sale/js/tours/tour_utils";
import { stepUtils } from "@web_tour/tour_utils";

// The test that runs the tour keeps a picture of the screen when it reads this line.
function picture(name) {
    return {
        trigger: "body:not(:has(.o_notification))",
        run: async () => {
            await delay(300);
            console.log(`picture: ${name}`);
            await delay(700);
        },
    };
}

registry.category("web_tour.tours").add("crm_sales_docs_chain_tour", {
    url: "/odoo/quotes",
    steps: () => [
        ...tourUtils.createNewSalesOrder(),
        ...tourUtils.selectCustomer("Distribuidora Los Andes"),
        ...tourUtils.addProduct("Barcode scanner"),
        {
            trigger: ".o_selected_row .o_field_widget[name='product_uom_qty'] input",
            run: "edit 4",
        },
        ...tourUtils.addProduct("User training hour", 2),
        {
            trigger: ".o_selected_row .o_field_widget[name='product_uom_qty'] input",
            run: "edit 3",
        },
        ...tourUtils.clickSomewhereElse(),
        ...stepUtils.saveForm(),
        picture("quote"),
        {
            content: "One click confirms the quote and prepares the delivery note",
            trigger: "button[name='action_crm_create_delivery_note']:visible",
            run: "click",
        },
        {
            content: "Deliver three of the four scanners",
            trigger:
                ".o_field_widget[name='line_ids'] .o_data_row:contains('Barcode') td[name='quantity']",
            run: "click",
        },
        {
            trigger:
                ".o_field_widget[name='line_ids'] .o_selected_row .o_field_widget[name='quantity'] input",
            run: "edit 3",
        },
        ...stepUtils.saveForm(),
        {
            trigger: "button[name='action_validate']:visible",
            run: "click",
        },
        {
            content: "It has its number",
            trigger: ".o_breadcrumb:contains('NE-00000001')",
        },
        picture("delivery_note"),
        {
            trigger: "button[name='action_print']:visible",
            run: "click",
        },
        {
            trigger: "body:not(:has(.o_blockUI)) button[name='action_create_invoice']:visible",
            run: "click",
        },
        {
            content: "The invoice bills what the note delivered",
            trigger:
                ".o_field_widget[name='invoice_line_ids'] .o_data_row:contains('Barcode') td[name='quantity']:contains('3.00')",
        },
        picture("invoice"),
    ],
});
