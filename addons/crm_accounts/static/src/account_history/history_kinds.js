import { registry } from "@web/core/registry";

/**
 * How a kind of event looks: the icon and one of the theme's colours. The label is the server's.
 * An addon with kinds of its own adds them here.
 */
export const historyKinds = registry.category("crm_history_kinds");

export const defaultKind = { icon: "fa-circle-o", color: "secondary" };

for (const [kind, icon, color] of [
    ["call", "fa-phone", "success"],
    ["visit", "fa-map-marker", "success"],
    ["meeting", "fa-calendar", "success"],
    ["email", "fa-envelope-o", "info"],
    ["sms", "fa-mobile", "info"],
    ["note", "fa-sticky-note-o", "warning"],
    ["activity", "fa-clock-o", "info"],
    ["done", "fa-check", "success"],
    ["lead", "fa-bullhorn", "primary"],
    ["opportunity", "fa-star-o", "primary"],
    ["quote", "fa-file-text-o", "primary"],
    ["order", "fa-shopping-cart", "primary"],
    ["delivery", "fa-truck", "primary"],
    ["return", "fa-undo", "warning"],
    ["invoice", "fa-file-text", "primary"],
    ["refund", "fa-reply", "warning"],
    ["bill", "fa-file-text", "muted"],
    ["vendor_refund", "fa-reply", "muted"],
    ["payment", "fa-money", "success"],
    ["rfq", "fa-file-text-o", "muted"],
    ["purchase", "fa-shopping-basket", "muted"],
    ["case", "fa-life-ring", "danger"],
]) {
    historyKinds.add(kind, { icon, color });
}
