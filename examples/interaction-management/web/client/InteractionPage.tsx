import { api } from './api.ts';
import { InteractionForm, newDraft } from './InteractionForm.tsx';
import { Link, navigate } from './routing.tsx';
import { useLoaded } from './use-loaded.ts';

/** Adds an interaction (`id` null) or edits one. */
export function InteractionPage({ id }: { readonly id: number | null }) {
  const { loaded, reload } = useLoaded(String(id), async (signal) =>
    id === null ? newDraft(new Date()) : await api.find(id, signal),
  );
  const backToFinder = () => navigate('/');

  return (
    <section className="card form-card" aria-labelledby="form-heading">
      <Link href="/" className="back">
        ← Finder
      </Link>
      <h1 id="form-heading">{id === null ? 'Add interaction' : 'Edit interaction'}</h1>
      {loaded.state === 'loading' && <p className="muted">Loading…</p>}
      {loaded.state === 'failed' && (
        <div className="state" role="alert">
          <p>{loaded.message}</p>
          <button type="button" onClick={reload}>
            Try again
          </button>
        </div>
      )}
      {loaded.state === 'ready' && (
        <InteractionForm
          initial={loaded.value}
          onSave={async (draft) => {
            await (id === null ? api.create(draft) : api.update(id, draft));
            backToFinder();
          }}
          onDelete={
            id === null
              ? null
              : async () => {
                  await api.remove(id);
                  backToFinder();
                }
          }
        />
      )}
    </section>
  );
}
