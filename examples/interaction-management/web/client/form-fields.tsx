import { type ReactNode, useId, useState } from 'react';

interface FieldProps<T> {
  readonly label: string;
  readonly name: string;
  readonly value: T;
  readonly problem: string | undefined;
  readonly onChange: (value: T) => void;
}

/** What the input inside must carry, so that its label and its problem are read out with it. */
interface InputProps {
  readonly id: string;
  readonly 'aria-invalid': boolean;
  readonly 'aria-describedby': string | undefined;
}

interface FrameProps {
  readonly label: string;
  readonly problem: string | undefined;
  readonly className?: string;
  readonly children: (input: InputProps) => ReactNode;
}

function Frame({ label, problem, className = '', children }: FrameProps) {
  const id = useId();
  const problemId = `${id}-problem`;
  const wrong = problem !== undefined;
  return (
    <div className={`field ${className}`}>
      <label htmlFor={id}>{label}</label>
      {children({ id, 'aria-invalid': wrong, 'aria-describedby': wrong ? problemId : undefined })}
      {wrong && (
        <span className="problem" id={problemId}>
          {problem}
        </span>
      )}
    </div>
  );
}

export function TextField({
  label,
  name,
  value,
  problem,
  onChange,
  autoFocus = false,
}: FieldProps<string> & { readonly autoFocus?: boolean }) {
  return (
    <Frame label={label} problem={problem} className={name === 'title' ? 'wide' : ''}>
      {(input) => (
        <input
          {...input}
          name={name}
          value={value}
          autoFocus={autoFocus}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Frame>
  );
}

export function TextAreaField({ label, name, value, problem, onChange }: FieldProps<string>) {
  return (
    <Frame label={label} problem={problem} className="wide">
      {(input) => (
        <textarea
          {...input}
          name={name}
          rows={5}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Frame>
  );
}

interface ChoiceFieldProps<C extends string> extends FieldProps<C> {
  readonly choices: readonly C[];
  readonly labels: Readonly<Record<C, string>>;
}

export function ChoiceField<C extends string>({
  label,
  name,
  value,
  problem,
  choices,
  labels,
  onChange,
}: ChoiceFieldProps<C>) {
  return (
    <Frame label={label} problem={problem}>
      {(input) => (
        <select
          {...input}
          name={name}
          value={value}
          onChange={(event) => onChange(choices.find((choice) => choice === event.target.value) ?? value)}
        >
          {choices.map((choice) => (
            <option key={choice} value={choice}>
              {labels[choice]}
            </option>
          ))}
        </select>
      )}
    </Frame>
  );
}

/** Shows local time and hands on UTC; while it is incomplete it hands on an empty text. */
export function TimeField({ label, name, value, problem, onChange }: FieldProps<string>) {
  const [text, setText] = useState(() => localText(new Date(value)));
  return (
    <Frame label={label} problem={problem}>
      {(input) => (
        <input
          {...input}
          name={name}
          type="datetime-local"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            const time = new Date(event.target.value);
            onChange(Number.isNaN(time.getTime()) ? '' : time.toISOString());
          }}
        />
      )}
    </Frame>
  );
}

/** The local time as a `datetime-local` input wants it: `2026-11-20T14:05`. */
function localText(time: Date): string {
  const local = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}
