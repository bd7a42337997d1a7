// SPDX-License-Identifier: LGPL-3.0-or-later
import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("crm_products_price_book_tour", {
    steps: () => [
        { content: "Make a book", trigger: ".o_list_button_add", run: "click" },
        {
            content: "Name it",
            trigger: ".o_field_widget[name=name] input",
            run: "edit Tour prices",
        },
        {
            content: "Choose two quantities",
            trigger: ".o_field_widget[name=quantity_text] input",
            run: "edit 1; 12 && click body",
        },
        {
            content: "The preview follows",
            trigger: ".o_field_widget[name=preview] th:contains(From 12)",
        },
        {
            content: "Print it",
            trigger: "button[name=action_create_version]:visible",
            run: "click",
        },
        {
            content: "It can be downloaded",
            trigger: "button[name=action_print]:contains(Download PDF)",
        },
        { content: "Look at the versions", trigger: ".nav-link[name=versions]", run: "click" },
        {
            content: "There is one, with its files",
            trigger: ".o_field_widget[name=version_ids] button[name=action_download]",
        },
        { content: "Send it", trigger: "button[name=action_send]", run: "click" },
        {
            content: "The files go with the mail",
            trigger: ".modal .o_field_widget[name=attachment_ids]:contains(Tour prices, version 1.pdf)",
        },
        { content: "Leave the mail", trigger: ".modal .btn-close", run: "click" },
        { content: "The dialog is gone", trigger: "body:not(:has(.modal))" },
    ],
});

registry.category("web_tour.tours").add("crm_products_price_book_progress_tour", {
    steps: () => [
        {
            content: "Make a long version",
            trigger: "button[name=action_create_version]:visible",
            run: "click",
        },
        {
            content: "See how far it is",
            trigger: ".o_crm_price_book_progress:contains(Working out the prices)",
        },
        { content: "Give it up", trigger: "button[name=action_stop]", run: "click" },
        {
            content: "The reason is shown, and a way on",
            trigger: ".alert:contains(Stopped by) button[name=action_retry]",
            run: "click",
        },
        { content: "It goes on", trigger: ".o_crm_price_book_progress .progress" },
    ],
});
