import { Component, onWillDestroy, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const WATCHED = ["name", "type", "is_company", "email", "phone", "crm_mobile", "vat", "website"];
const DELAY = 300;

/** Warns, while a contact is being typed, of records that may be the same one. */
export class CrmDuplicateBanner extends Component {
    static template = "crm_accounts.CrmDuplicateBanner";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ candidates: [] });
        useRecordObserver((record) => this.look(record));
        onWillDestroy(() => clearTimeout(this.timer));
    }

    look(record) {
        const values = {};
        for (const name of WATCHED) {
            values[name] = record.data[name];
        }
        values.parent_id = record.data.parent_id?.id || false;
        values.country_id = record.data.country_id?.id || false;
        const resId = record.resId;
        const asked = JSON.stringify([values, resId]);
        if (asked === this.asked) {
            return;
        }
        this.asked = asked;
        clearTimeout(this.timer);
        this.timer = setTimeout(async () => {
            const candidates = await this.orm.silent.call("res.partner", "crm_find_duplicates", [
                values,
                resId || false,
            ]);
            if (this.asked === asked) {
                this.state.candidates = candidates;
            }
        }, DELAY);
    }

    /** In a dialog: leaving the form would save what is being typed, and so make the duplicate. */
    open(candidate) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "res.partner",
            res_id: candidate.id,
            views: [[false, "form"]],
            target: "new",
        });
    }

    async merge(candidate) {
        const record = this.props.record;
        if (await record.save()) {
            const ids = [record.resId, candidate.id];
            const action = await this.orm.call("res.partner", "action_crm_merge", [ids]);
            this.action.doAction(action, { onClose: () => this.afterMerge(record) });
        }
    }

    async afterMerge(record) {
        const left = await this.orm.search("res.partner", [["id", "=", record.resId]], {
            context: { active_test: false },
        });
        if (left.length) {
            await record.load();
            // What was typed may be the same still, but not what it is compared with.
            this.asked = null;
            this.look(record);
        } else {
            this.env.config.historyBack();
        }
    }
}

registry.category("view_widgets").add("crm_duplicate_banner", {
    component: CrmDuplicateBanner,
    fieldDependencies: [
        { name: "type", type: "selection" },
        { name: "is_company", type: "boolean" },
        { name: "country_id", type: "many2one" },
        { name: "parent_id", type: "many2one" },
    ],
});
