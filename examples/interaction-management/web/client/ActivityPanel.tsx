import { useEffect } from 'react';
import { api } from './api.ts';
import { useLoaded } from './use-loaded.ts';

const refreshMilliseconds = 5_000;
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });

/** What the worker wrote about the latest changes. */
export function ActivityPanel() {
  const { loaded, reload } = useLoaded('activity', api.activity);
  useEffect(() => {
    const timer = setInterval(reload, refreshMilliseconds);
    return () => clearInterval(timer);
  }, [reload]);

  return (
    <aside className="card activity" aria-labelledby="activity-heading">
      <h2 id="activity-heading">Recent activity</h2>
      {loaded.state === 'failed' && <p className="muted">Not available right now.</p>}
      {loaded.state === 'ready' && loaded.value.length === 0 && (
        <p className="muted">Changes appear here as the worker records them.</p>
      )}
      {loaded.state === 'ready' && (
        <ol>
          {loaded.value.map(({ id, kind, summary, happenedAt }) => (
            <li key={id} className={kind.replace('.', '-')}>
              {summary}
              <time dateTime={happenedAt}>{ago(new Date(happenedAt), new Date())}</time>
            </li>
          ))}
        </ol>
      )}
    </aside>
  );
}

function ago(then: Date, now: Date): string {
  const minutes = Math.round((then.getTime() - now.getTime()) / 60_000);
  if (minutes > -60) return relative.format(Math.min(0, minutes), 'minute');
  if (minutes > -60 * 24) return relative.format(Math.round(minutes / 60), 'hour');
  return relative.format(Math.round(minutes / (60 * 24)), 'day');
}
