import { registry } from "@web/core/registry";

const FILTER = ".o_crm_history_menus [data-filter='person_id']";

registry.category("web_tour.tours").add("crm_accounts_history_choices_tour", {
    steps: () => [
        {
            trigger: ".o_crm_history_event:contains('Call of Bob')",
        },
        {
            trigger: `${FILTER} input`,
            run: "edit Eva",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains('Eva')",
            run: "click",
        },
        {
            trigger: "body:not(:has(.o_crm_history_event:contains('Call of Bob')))",
        },
        {
            trigger: ".o_crm_history_event:contains('Call of Eva')",
        },
        {
            trigger: `${FILTER} input:value(Eva)`,
        },
        {
            trigger: ".o_crm_history_clear",
            run: "click",
        },
        {
            trigger: ".o_crm_history_event:contains('Call of Bob')",
        },
        {
            trigger: `${FILTER} input:value()`,
        },
    ],
});
