/** Activity: everything that happened, searched and filtered; and by month. */

import { useDeferredValue, useMemo, useState } from "react";

import { InfiniteScroll, SearchBar } from "antd-mobile";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";

import { monthName } from "@payport/ui/dates";
import { useLanguage } from "@payport/ui/language";
import { decimalText, decimalsOf } from "@payport/ui/money";
import { MonthChart } from "@payport/ui/month-chart";
import { EmptyNotice } from "@payport/ui/notices";

import { isIncoming, lastMonths, monthOf } from "../flows/activity.js";
import type { Happening } from "../flows/activity.js";
import { unitOf } from "../parts/balances.js";
import { Failure } from "../parts/failure.js";
import { HappeningRow, useVerb } from "../parts/happening-row.js";
import { Loading } from "../parts/loading.js";
import { useCounterparty } from "../parts/names.js";
import { Block, Page } from "../parts/page.js";
import { useActivity, useMonths } from "../parts/queries.js";
import { UnderWay } from "../parts/under-way.js";

const FILTERS = ["all", "in", "out", "refused"] as const;
type Filter = (typeof FILTERS)[number];

const MONTHS = 6;

/** The page. */
export function ActivityPage() {
  const { t } = useTranslation();
  const [filter, setFilter] = useState<Filter>("all");
  const [search, setSearch] = useState("");
  return (
    <Page title={t("bar.activity")} back={false} extra={<Link to="/statement">{t("statement.title")}</Link>}>
      <SearchBar placeholder={t("activity.search")} value={search} clearable={false} onChange={setSearch} />
      <fieldset className="pw-chips">
        <legend className="pp-unseen">{t("activity.filter")}</legend>
        {FILTERS.map((each) => (
          <label key={each}>
            <input
              type="radio"
              name="filter"
              checked={filter === each}
              onChange={() => {
                setFilter(each);
              }}
            />
            <span>{t(`activity.${each}`)}</span>
          </label>
        ))}
      </fieldset>
      <UnderWay />
      <MonthsBlock />
      <Happenings filter={filter} search={useDeferredValue(search)} />
    </Page>
  );
}

function MonthsBlock() {
  const { t } = useTranslation();
  const months = useMemo(() => lastMonths(MONTHS), []);
  const { data } = useMonths("CNY", months);
  if (data === undefined) {
    return null;
  }
  return (
    <Block>
      <MonthChart title={t("activity.months")} months={data} asset="CNY" />
    </Block>
  );
}

function Happenings({ filter, search }: { filter: Filter; search: string }) {
  const { t } = useTranslation();
  const activity = useActivity();
  const isMatch = useMatch(filter, search);
  const found = (activity.data?.pages ?? []).flatMap(({ happenings }) => happenings).filter(isMatch);
  if (activity.data === undefined) {
    return activity.isError ? <Failure error={activity.error} onRetry={() => void activity.refetch()} /> : <Loading />;
  }
  return (
    <>
      {found.length === 0 && !activity.hasNextPage && (
        <EmptyNotice title={search === "" && filter === "all" ? t("activity.none") : t("activity.noneFound")} />
      )}
      <ByMonth happenings={found} />
      <InfiniteScroll
        hasMore={activity.hasNextPage}
        loadMore={async () => {
          await activity.fetchNextPage();
        }}
      >
        {activity.hasNextPage ? t("app.loading") : ""}
      </InfiniteScroll>
    </>
  );
}

function ByMonth({ happenings }: { happenings: readonly Happening[] }) {
  const language = useLanguage();
  const months = new Map<string, Happening[]>();
  for (const each of happenings) {
    const month = monthOf(each.time_ms);
    months.set(month, [...(months.get(month) ?? []), each]);
  }
  return [...months].map(([month, each]) => (
    <Block key={month} title={monthName(month, language, "long")}>
      <ul className="pw-list">
        {each.map((happening) => (
          <HappeningRow key={`${happening.account}${happening.id}`} happening={happening} />
        ))}
      </ul>
    </Block>
  ));
}

/** Tell of each thing that happened whether it is looked for: by name, kind, amount, id or number of the order. */
function useMatch(filter: Filter, search: string): (happening: Happening) => boolean {
  const counterparty = useCounterparty();
  const verb = useVerb();
  const words = search.trim().toLowerCase();
  return (happening) => {
    const isCommitted = happening.outcome === "committed";
    const fits = {
      all: true,
      in: isCommitted && isIncoming(happening),
      out: isCommitted && !isIncoming(happening),
      refused: !isCommitted,
    };
    const { asset, amount_minor: amountMinor } = happening;
    const amount = asset === null || amountMinor === null ? "" : decimalText(amountMinor, decimalsOf(unitOf(asset)));
    const text = [counterparty(happening), verb(happening.kind), amount, happening.id, happening.order_id, asset].join(
      " ",
    );
    return fits[filter] && text.toLowerCase().includes(words);
  };
}
