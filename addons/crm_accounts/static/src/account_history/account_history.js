import { Component, markup, onWillUpdateProps, useEffect, useRef, useState } from "@odoo/owl";
import { formatCurrency } from "@web/core/currency";
import { DateTimeInput } from "@web/core/datetime/datetime_input";
import {
    deserializeDateTime,
    serializeDateTime,
    toLocaleDateString,
    toLocaleDateTimeString,
    today,
} from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { RecordSelector } from "@web/core/record_selectors/record_selector";
import { registry } from "@web/core/registry";
import { SelectMenu } from "@web/core/select_menu/select_menu";
import { useAutofocus, useBus, useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { defaultKind, historyKinds } from "./history_kinds";

const { DateTime } = luxon;

const PAGE = 40;
const UPCOMING_SHOWN = 5;
// Older events are grouped by month.
const DAYS_APART = 30;
// A document that has a day only stands at noon UTC; these have a time that counts.
const TIMED = ["crm.call", "calendar.event"];

/** Everything that happened with an account or contact, and what is planned. */
export class AccountHistory extends Component {
    static template = "crm_accounts.AccountHistory";
    static components = { DateTimeInput, RecordSelector, SelectMenu };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.noteRef = useAutofocus({ refName: "note" });
        this.endRef = useRef("end");
        this.search = useDebounced((text) => this.setFilter("text", text), 300);
        this.state = useState({});
        this.request = 0;
        this.start(this.props);
        onWillUpdateProps((nextProps) => {
            if (nextProps.record.resId !== this.resId) {
                this.start(nextProps);
            }
        });
        // Announced when the form is saved or loaded again, and when something is posted here.
        useBus(this.env.bus, "MAIL:RELOAD-THREAD", ({ detail }) => {
            if (detail.model === "res.partner" && detail.id === this.resId) {
                this.load();
            }
        });
        useEffect(
            (end, busy) => {
                if (!end || busy) {
                    return;
                }
                const observer = new IntersectionObserver(
                    ([entry]) => entry.isIntersecting && this.loadMore(),
                    { rootMargin: "400px" }
                );
                observer.observe(end);
                return () => observer.disconnect();
            },
            () => [this.endRef.el, this.state.busy, this.state.next]
        );
    }

    /** Show another account or contact, without any filter. */
    start(props) {
        this.resId = props.record.resId;
        Object.assign(this.state, {
            choices: null,
            filters: this.noFilters(),
            wholeGroup: false,
            showFilters: false,
            showAllUpcoming: false,
            note: null,
            upcoming: [],
            events: [],
            bodies: {},
            next: false,
            loaded: false,
            busy: false,
            failed: false,
        });
        if (this.resId) {
            this.loadChoices();
            this.load();
        }
    }

    noFilters() {
        return {
            kinds: [],
            person_id: false,
            department_id: false,
            user_id: false,
            period: false,
            from: false,
            to: false,
            text: "",
        };
    }

    // --- Loading --------------------------------------------------------------------------

    async loadChoices() {
        const resId = this.resId;
        const choices = await this.orm.silent.call("crm.account.event", "crm_history_choices", [
            resId,
        ]);
        if (resId === this.resId) {
            this.state.choices = choices;
        }
    }

    /** Load the first page; what an earlier request still brings is dropped. */
    async load() {
        this.state.loaded = this.state.next = false;
        const page = await this.fetchPage(false);
        if (page) {
            Object.assign(this.state, {
                upcoming: page.upcoming.map((event) => this.describe(event)),
                events: page.events.map((event) => this.describe(event)),
                next: page.next,
                loaded: true,
            });
        }
    }

    async loadMore() {
        if (this.state.busy || this.state.failed || !this.state.next) {
            return;
        }
        const page = await this.fetchPage(this.state.next);
        if (page) {
            this.state.events.push(...page.events.map((event) => this.describe(event)));
            this.state.next = page.next;
        }
    }

    tryAgain() {
        this.state.failed = false;
        return this.state.next ? this.loadMore() : this.load();
    }

    async fetchPage(cursor) {
        const request = ++this.request;
        this.state.busy = true;
        this.state.failed = false;
        try {
            const page = await this.orm.silent.call("crm.account.event", "crm_history", [
                this.resId,
                this.serverFilters,
                cursor,
                PAGE,
                this.state.wholeGroup,
            ]);
            return request === this.request && page;
        } catch (error) {
            if (request === this.request) {
                this.state.failed = true;
                throw error;
            }
        } finally {
            if (request === this.request) {
                this.state.busy = false;
            }
        }
    }

    get serverFilters() {
        const { kinds, person_id, department_id, user_id, text } = this.state.filters;
        const [from, to] = this.dates;
        return {
            kinds: [...kinds],
            person_id,
            department_id,
            user_id,
            text,
            date_from: from && serializeDateTime(from),
            date_to: to && serializeDateTime(to),
        };
    }

    /** The period in the user's time zone: the first moment of it, and the first one after it. */
    get dates() {
        const { period, from, to } = this.state.filters;
        if (period === "custom") {
            return [
                from && DateTime.fromISO(from),
                to && DateTime.fromISO(to).plus({ days: 1 }),
            ];
        }
        const start = {
            week: () => today().minus({ days: 6 }),
            month: () => today().minus({ days: 29 }),
            year: () => today().startOf("year"),
            twelve: () => today().minus({ months: 12 }),
        }[period];
        return [start ? start() : false, false];
    }

    describe(event) {
        const date = deserializeDateTime(event.date);
        const dayOnly =
            !TIMED.includes(event.source_model) && event.date.endsWith(" 12:00:00");
        const day = date.startOf("day");
        const recent = day >= today().minus({ days: DAYS_APART });
        const time = dayOnly ? "" : toLocaleDateTimeString(date, { showDate: false, showTime: true });
        const [account] = event.account || [];
        return {
            ...event,
            ...historyKinds.get(event.kind, defaultKind),
            iso: date.toISO(),
            group: day.toFormat(recent ? "yyyy-MM-dd" : "yyyy-MM"),
            heading: recent ? this.dayLabel(day) : this.monthLabel(day),
            when: recent ? time : [toLocaleDateString(date), time].filter(Boolean).join(", "),
            whenUpcoming: [this.dayLabel(day), time].filter(Boolean).join(", "),
            overdue: event.planned && (dayOnly ? day < today() : date < DateTime.now()),
            isMessage: event.source_model === "mail.message",
            isHere: event.model === "res.partner" && event.res_id === this.resId,
            amountText:
                event.amount === false ? "" : formatCurrency(event.amount, event.currency_id),
            about: [
                event.person && event.person[0] !== this.resId && event.person[1],
                account && account !== this.resId && event.account[1],
            ].filter(Boolean),
        };
    }

    dayLabel(day) {
        const days = Math.round(day.diff(today(), "days").days);
        if (Math.abs(days) <= 1) {
            return { "-1": _t("Yesterday"), 0: _t("Today"), 1: _t("Tomorrow") }[days];
        }
        const year = day.year === today().year ? {} : { year: "numeric" };
        return day.toLocaleString({ weekday: "long", day: "numeric", month: "long", ...year });
    }

    monthLabel(day) {
        return day.toLocaleString({ month: "long", year: "numeric" });
    }

    // --- What is shown ------------------------------------------------------------------------

    get groups() {
        const groups = [];
        for (const event of this.state.events) {
            if (groups.at(-1)?.key !== event.group) {
                groups.push({ key: event.group, heading: event.heading, events: [] });
            }
            groups.at(-1).events.push(event);
        }
        return groups;
    }

    get upcoming() {
        const { showAllUpcoming, upcoming } = this.state;
        return showAllUpcoming ? upcoming : upcoming.slice(0, UPCOMING_SHOWN);
    }

    get hiddenUpcoming() {
        return this.state.upcoming.length - this.upcoming.length;
    }

    get showAllLabel() {
        return _t("Show %(number)s more", { number: this.hiddenUpcoming });
    }

    get kindLabels() {
        return Object.fromEntries(this.state.choices?.kinds || []);
    }

    get kinds() {
        return (this.state.choices?.kinds || []).map(([value, label]) => ({
            value,
            label,
            ...historyKinds.get(value, defaultKind),
        }));
    }

    get menus() {
        const choices = this.state.choices || {};
        return [
            { name: "person_id", source: "people", label: _t("Person"), model: "res.partner" },
            {
                name: "department_id",
                source: "departments",
                label: _t("Department"),
                model: "res.partner",
            },
            { name: "user_id", source: "users", label: _t("Responsible"), model: "res.users" },
        ]
            .filter(({ source }) => choices[source]?.length)
            .map((menu) => ({
                ...menu,
                choices: choices[menu.source].map(([value, label]) => ({
                    value,
                    label: label || "",
                })),
                domain: choices.more[menu.source],
            }));
    }

    get periods() {
        return [
            { value: "week", label: _t("Last 7 Days") },
            { value: "month", label: _t("Last 30 Days") },
            { value: "year", label: _t("This Year") },
            { value: "twelve", label: _t("Last 12 Months") },
            { value: "custom", label: _t("Dates…") },
        ];
    }

    get views() {
        return [
            { type: "list", icon: "oi-view-list", label: _t("Open as List") },
            { type: "calendar", icon: "fa-calendar", label: _t("Open as Calendar") },
            { type: "pivot", icon: "oi-view-pivot", label: _t("Open as Pivot Table") },
            { type: "graph", icon: "fa-area-chart", label: _t("Open as Graph") },
        ];
    }

    get filterCount() {
        const { kinds, person_id, department_id, user_id, period, text } = this.state.filters;
        return [kinds.length, person_id, department_id, user_id, period, text].filter(Boolean)
            .length;
    }

    get progressLabel() {
        return _t("Earlier documents are being added: %(progress)s %", {
            progress: this.state.choices.progress,
        });
    }

    get lookingLabel() {
        if (!this.state.next) {
            return _t("Loading…");
        }
        const date = deserializeDateTime(this.state.next[0]);
        return _t("Looking before %(date)s…", { date: toLocaleDateString(date) });
    }

    directionLabel(event) {
        return { in: _t("incoming"), out: _t("outgoing") }[event.direction];
    }

    isoDate(name) {
        const value = this.state.filters[name];
        return value ? DateTime.fromISO(value) : false;
    }

    // --- Filters --------------------------------------------------------------------------------

    setFilter(name, value) {
        this.state.filters[name] = value;
        this.load();
    }

    setDate(name, date) {
        this.setFilter(name, date ? date.toISODate() : false);
    }

    toggleKind(kind) {
        const { kinds } = this.state.filters;
        this.setFilter(
            "kinds",
            kinds.includes(kind) ? kinds.filter((other) => other !== kind) : [...kinds, kind]
        );
    }

    setWholeGroup(wholeGroup) {
        this.state.wholeGroup = wholeGroup;
        this.load();
    }

    clearFilters() {
        this.search.cancel();
        this.state.filters = this.noFilters();
        this.load();
    }

    // --- Doing ------------------------------------------------------------------------------------

    async log(method) {
        const { record } = this.props;
        if (!(await record.save())) {
            return;
        }
        const action = await this.orm.call("res.partner", method, [[this.resId]]);
        await this.action.doAction(action, { onClose: () => record.load() });
    }

    toggleNote() {
        this.state.note = this.state.note ? null : { text: "", busy: false };
    }

    onNoteKeydown(ev) {
        if (ev.key === "Enter" && (ev.ctrlKey || ev.metaKey)) {
            ev.preventDefault();
            this.postNote();
        } else if (ev.key === "Escape") {
            ev.stopPropagation();
            this.toggleNote();
        }
    }

    async postNote() {
        const { note } = this.state;
        if (note.busy || !note.text.trim()) {
            return;
        }
        note.busy = true;
        try {
            await this.orm.call("res.partner", "crm_log_note", [[this.resId], note.text]);
            this.state.note = null;
            this.reload();
        } finally {
            note.busy = false;
        }
    }

    /** Load this history and the messages beside the form again. */
    reload() {
        this.env.bus.trigger("MAIL:RELOAD-THREAD", { model: "res.partner", id: this.resId });
    }

    onEventClicked(event) {
        if (event.isMessage) {
            return this.toggleBody(event);
        }
        if (event.source_model === "mail.activity" && event.isHere) {
            return this.action.doAction(
                {
                    type: "ir.actions.act_window",
                    name: _t("Planned Activity"),
                    res_model: event.source_model,
                    res_id: event.source_id,
                    views: [[false, "form"]],
                    target: "new",
                },
                { onClose: () => this.props.record.load() }
            );
        }
        return this.openDocument(event);
    }

    openDocument(event) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: event.model,
            res_id: event.res_id,
            views: [[false, "form"]],
        });
    }

    async toggleBody(event) {
        const { bodies } = this.state;
        if (event.source_id in bodies) {
            delete bodies[event.source_id];
            return;
        }
        bodies[event.source_id] = "";
        const [message] = await this.orm.read(
            event.source_model,
            [event.source_id],
            ["subject", "body"]
        );
        if (event.source_id in bodies) {
            // Cleaned by the server, as the chatter shows it.
            bodies[event.source_id] = markup(message.body || "");
        }
    }

    async openAs(viewType) {
        const action = await this.orm.call("res.partner", "action_crm_view_history", [
            [this.resId],
            this.state.wholeGroup,
        ]);
        return this.action.doAction(action, { viewType });
    }
}

registry.category("view_widgets").add("crm_account_history", { component: AccountHistory });
