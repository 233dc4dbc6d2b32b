import type { Answer } from './answer.ts';
import { pageAnswer, redirectAnswer } from './answer.ts';
import type { Action, ForwardAction, ListenerConfig } from './wanted.ts';
import type { RequestHead } from './http/request-head.ts';
import type { Condition } from './rule.ts';
import { compileConditions } from './rule.ts';
import { groupCookie, stickyKey } from './stickiness.ts';
import type { TargetGroup } from './target-group.ts';
import { WeightedChoice } from './weights.ts';

/** What is done with one request. */
export type Route = ForwardRoute | { readonly kind: 'answer'; readonly answer: Answer };

export interface ForwardRoute {
  readonly kind: 'forward';
  readonly group: TargetGroup;
  /** Header lines for the response. */
  readonly extra: string;
}

type Chooser = (head: RequestHead, date: number) => Route;

/** Rotations by rule, kept from config to config: a push that leaves a rule's weights alone leaves its turn alone. */
export type Rotations = Map<
  string,
  {
    readonly key: string;
    readonly groups: readonly TargetGroup[];
    readonly choice: WeightedChoice<TargetGroup>;
  }
>;

/** The rules of a listener, ready to use. Made anew for each config and swapped whole. */
export class Routes {
  readonly rotations: Rotations = new Map();
  readonly #rules: readonly { readonly matches: Condition; readonly choose: Chooser }[];
  readonly #defaultChoose: Chooser;

  constructor(listener: ListenerConfig, groups: ReadonlyMap<string, TargetGroup>, before: Rotations) {
    const choose = (arn: string, action: Action) => this.#chooser(arn, action, { listener, groups, before });
    this.#rules = listener.rules
      .toSorted((one, other) => one.priority - other.priority)
      .map(({ arn, conditions, action }) => ({
        matches: compileConditions(conditions),
        choose: choose(arn, action),
      }));
    this.#defaultChoose = choose(listener.arn, listener.defaultAction);
  }

  /** `date` is milliseconds since the epoch. */
  find(head: RequestHead, clientIp: string, date: number): Route {
    for (const rule of this.#rules) if (rule.matches(head, clientIp)) return rule.choose(head, date);
    return this.#defaultChoose(head, date);
  }

  #chooser(arn: string, action: Action, context: ChooserContext): Chooser {
    switch (action.type) {
      case 'fixed-response': {
        const { status, contentType = 'text/plain', body = '' } = action;
        const route: Route = { kind: 'answer', answer: { status, contentType, body } };
        return () => route;
      }
      case 'redirect':
        return (head) => ({ kind: 'answer', answer: redirectAnswer(action, head, context.listener.port) });
      case 'forward':
        return this.#forwardChooser(arn, action, context);
    }
  }

  /** A group without a target that may serve stays chosen: ALB does not fail over between the groups of an action. */
  #forwardChooser(arn: string, action: ForwardAction, { groups, before }: ChooserContext): Chooser {
    const key = JSON.stringify(action.groups);
    const known = before.get(arn);
    const weighted = action.groups.flatMap(({ arn, weight }) => {
      const group = groups.get(arn);
      return group === undefined ? [] : [{ value: group, weight }];
    });
    const values = weighted.map(({ value }) => value);
    const unchanged = known?.key === key && values.every((value, index) => known.groups[index] === value);
    const choice = unchanged ? known.choice : new WeightedChoice(weighted);
    this.rotations.set(arn, { key, groups: values, choice });
    const none: Route = { kind: 'answer', answer: pageAnswer(503) };
    const routes = new Map(values.map((group) => [group, { kind: 'forward', group, extra: '' } as const]));
    const { stickiness } = action;
    if (stickiness === undefined) {
      return () => {
        const group = choice.pick();
        return (group === null ? undefined : routes.get(group)) ?? none;
      };
    }
    const byKey = new Map(
      weighted.filter(({ weight }) => weight > 0).map(({ value }) => [stickyKey(value.arn), value]),
    );
    return (head, date) => {
      const held = groupCookie.keyOf(head, date);
      const group = (held === null ? undefined : byKey.get(held)) ?? choice.pick();
      if (group === null) return none;
      return {
        kind: 'forward',
        group,
        extra: groupCookie.line(stickyKey(group.arn), stickiness.durationMs, date),
      };
    };
  }
}

interface ChooserContext {
  readonly listener: ListenerConfig;
  readonly groups: ReadonlyMap<string, TargetGroup>;
  readonly before: Rotations;
}
