import { type FormEvent, useState } from 'react';
import { api } from './api.ts';
import { session } from './session.ts';

export function LoginPage() {
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [message, setMessage] = useState<string | null>(null);

  const signIn = async () => {
    setBusy(true);
    setMessage(null);
    try {
      session.set(await api.signIn(username, password));
    } catch (error) {
      setMessage(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void signIn();
  };

  return (
    <form className="card login" onSubmit={submit}>
      <h1>Sign in</h1>
      <p className="muted">To see and record interactions.</p>
      <label className="field">
        <span>User name</span>
        <input
          name="username"
          autoComplete="username"
          autoFocus
          required
          value={username}
          onChange={(event) => setUsername(event.target.value)}
        />
      </label>
      <label className="field">
        <span>Password</span>
        <input
          name="password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </label>
      {message !== null && (
        <p className="problem" role="alert">
          {message}
        </p>
      )}
      <button type="submit" className="primary wide" disabled={busy}>
        {busy ? 'Signing in…' : 'Sign in'}
      </button>
    </form>
  );
}
