// SPDX-License-Identifier: LGPL-3.0-or-later
import { Component, onWillDestroy, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const EVERY = 2000;

/** A bar while a version of a price book is made; the form shows the result when it is ready. */
export class CrmPriceBookProgress extends Component {
    static template = "crm_products.CrmPriceBookProgress";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ percent: 0, text: "" });
        useRecordObserver((record) => {
            clearTimeout(this.timer);
            if (record.resId && record.data.is_in_progress) {
                this.look(record);
            }
        });
        onWillDestroy(() => clearTimeout(this.timer));
    }

    async look(record) {
        const resId = record.resId;
        const progress = await this.orm.silent.call("crm.price.book", "crm_progress", [[resId]]);
        if (record.resId !== resId || !record.data.is_in_progress) {
            return;
        }
        if (progress) {
            Object.assign(this.state, progress);
            this.timer = setTimeout(() => this.look(record), EVERY);
        } else if (await record.isDirty()) {
            // Nobody loses what is being typed: the form is read again after it is saved.
            this.timer = setTimeout(() => this.look(record), EVERY);
        } else {
            await record.load();
        }
    }
}

registry.category("view_widgets").add("crm_price_book_progress", {
    component: CrmPriceBookProgress,
    fieldDependencies: [{ name: "is_in_progress", type: "boolean" }],
});
