import { type FormEvent, useRef, useState } from 'react';
import type { FieldProblems } from '../../interaction/field-reader.ts';
import { type InteractionDraft, interactionTypes, statuses } from '../../interaction/interaction.ts';
import { validateDraft } from '../../interaction/validation.ts';
import { ApiError } from './api.ts';
import { ChoiceField, TextAreaField, TextField, TimeField } from './form-fields.tsx';
import { statusLabels, typeLabels } from './labels.ts';
import { navigate } from './routing.tsx';

export function newDraft(now: Date): InteractionDraft {
  return {
    title: '',
    type: 'call',
    contact: '',
    organisation: '',
    notes: '',
    occurredAt: now.toISOString(),
    status: 'open',
  };
}

interface InteractionFormProps {
  readonly initial: InteractionDraft;
  readonly onSave: (draft: InteractionDraft) => Promise<void>;
  /** null: there is nothing to delete yet. */
  readonly onDelete: (() => Promise<void>) | null;
}

export function InteractionForm({ initial, onSave, onDelete }: InteractionFormProps) {
  const [draft, setDraft] = useState<InteractionDraft>(initial);
  const [problems, setProblems] = useState<FieldProblems<InteractionDraft>>({});
  const [message, setMessage] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [confirming, setConfirming] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  const change = (part: Partial<InteractionDraft>) => {
    const next = { ...draft, ...part };
    setDraft(next);
    // A message goes as soon as its field is right; a new one waits until the form is sent.
    const checked = validateDraft(next);
    const remaining: FieldProblems<InteractionDraft> = checked.ok ? {} : checked.problems;
    setProblems((shown) =>
      Object.fromEntries(Object.entries(remaining).filter(([field]) => Object.hasOwn(shown, field))),
    );
  };

  const attempt = async (act: () => Promise<void>) => {
    setBusy(true);
    setMessage(null);
    try {
      await act();
    } catch (error) {
      setMessage(error instanceof Error ? error.message : String(error));
      if (error instanceof ApiError) setProblems(error.fields);
      setBusy(false);
    }
  };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const checked = validateDraft(draft);
    if (checked.ok) {
      void attempt(() => onSave(checked.value));
      return;
    }
    setProblems(checked.problems);
    const [field] = Object.keys(checked.problems);
    form.current?.querySelector<HTMLElement>(`[name="${field}"]`)?.focus();
  };

  return (
    <form ref={form} className="form" onSubmit={submit} noValidate>
      <TextField
        label="Title"
        name="title"
        value={draft.title}
        problem={problems.title}
        autoFocus
        onChange={(title) => change({ title })}
      />
      <ChoiceField
        label="Type"
        name="type"
        value={draft.type}
        choices={interactionTypes}
        labels={typeLabels}
        problem={problems.type}
        onChange={(type) => change({ type })}
      />
      <ChoiceField
        label="Status"
        name="status"
        value={draft.status}
        choices={statuses}
        labels={statusLabels}
        problem={problems.status}
        onChange={(status) => change({ status })}
      />
      <TextField
        label="Contact"
        name="contact"
        value={draft.contact}
        problem={problems.contact}
        onChange={(contact) => change({ contact })}
      />
      <TextField
        label="Organisation"
        name="organisation"
        value={draft.organisation}
        problem={problems.organisation}
        onChange={(organisation) => change({ organisation })}
      />
      <TimeField
        label="When"
        name="occurredAt"
        value={draft.occurredAt}
        problem={problems.occurredAt}
        onChange={(occurredAt) => change({ occurredAt })}
      />
      <TextAreaField
        label="Notes"
        name="notes"
        value={draft.notes}
        problem={problems.notes}
        onChange={(notes) => change({ notes })}
      />
      {message !== null && (
        <p className="problem" role="alert">
          {message}
        </p>
      )}
      <div className="form-actions">
        <button type="submit" className="primary" disabled={busy}>
          {busy ? 'Saving…' : 'Save'}
        </button>
        <button type="button" onClick={() => navigate('/')}>
          Cancel
        </button>
        {onDelete !== null && (
          <button
            type="button"
            className="danger"
            disabled={busy}
            onBlur={() => setConfirming(false)}
            onClick={() => (confirming ? void attempt(onDelete) : setConfirming(true))}
          >
            {confirming ? 'Really delete?' : 'Delete'}
          </button>
        )}
      </div>
    </form>
  );
}
