// SPDX-License-Identifier: LGPL-3.0-or-later
import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { IntegerField, integerField } from "@web/views/fields/integer/integer_field";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListController } from "@web/views/list/list_controller";
import { ListRenderer } from "@web/views/list/list_renderer";
import { listView } from "@web/views/list/list_view";

/** Users and seats of the whole CRM as one bar. Each row of the list carries the same figures. */
export class CapacityBar extends Component {
    static template = "crm_accounts.CapacityBar";
    static props = { list: Object };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
    }

    get used() {
        return this.props.list.records[0]?.data.crm_user_count || 0;
    }

    get limit() {
        return this.props.list.records[0]?.data.crm_max_users || 0;
    }

    get percentage() {
        return this.limit ? Math.min(100, Math.round((100 * this.used) / this.limit)) : 0;
    }

    get color() {
        const left = this.limit - this.used;
        return left < 0 ? "bg-danger" : left === 0 ? "bg-warning" : "bg-success";
    }

    get title() {
        return this.limit
            ? _t("Users of the CRM: %(used)s of %(limit)s", {
                  used: this.used,
                  limit: this.limit,
              })
            : _t("Users of the CRM: %(used)s, no limit", { used: this.used });
    }

    get reason() {
        const modules = this.props.list.records
            .filter((record) => record.data.is_limiting)
            .map((record) => record.data.name);
        return modules.length
            ? _t("The capacity is the smallest limit: %(modules)s.", { modules: modules.join(", ") })
            : _t(
                  "No module limits the users of the CRM. Where the administrator enters limits, " +
                      "the smallest one counts for the whole CRM."
              );
    }

    get warning() {
        const left = this.limit - this.used;
        if (!this.limit || left > 0) {
            return "";
        }
        return left
            ? _t(
                  "There are more users than seats. Nobody is locked out, but nobody can be added " +
                      "until users leave or the limit is raised."
              )
            : _t(
                  "All seats are taken. Nobody can be added until users leave or the limit is " +
                      "raised."
              );
    }

    async openUsers() {
        this.action.doAction(
            await this.orm.call("crm.module.capacity", "action_open_crm_users", [])
        );
    }
}

export class CapacityListRenderer extends ListRenderer {
    static template = "crm_accounts.CapacityListRenderer";
    static components = { ...ListRenderer.components, CapacityBar };
}

export class CapacityListController extends ListController {
    /** A limit may change the capacity, which the bar and every row show. */
    async onRecordSaved(record) {
        await super.onRecordSaved(record);
        await this.model.load();
    }
}

export class CapacityKanbanRenderer extends KanbanRenderer {
    static template = "crm_accounts.CapacityKanbanRenderer";
    static components = { ...KanbanRenderer.components, CapacityBar };
}

/** A limit of 0 means that there is none. */
export class CapacityLimitField extends IntegerField {
    get formattedValue() {
        return this.props.readonly && !this.value ? _t("No limit") : super.formattedValue;
    }
}

registry.category("fields").add("crm_capacity_limit", {
    ...integerField,
    component: CapacityLimitField,
    displayName: _t("User limit"),
});
registry.category("views").add("crm_capacity_list", {
    ...listView,
    Controller: CapacityListController,
    Renderer: CapacityListRenderer,
});
registry.category("views").add("crm_capacity_kanban", {
    ...kanbanView,
    Renderer: CapacityKanbanRenderer,
});
