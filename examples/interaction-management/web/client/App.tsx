import { useEffect } from 'react';
import { api } from './api.ts';
import { useApiVersion } from './api-version.ts';
import { brand } from './brand.ts';
import { Finder } from './Finder.tsx';
import { InteractionPage } from './InteractionPage.tsx';
import { LoginPage } from './LoginPage.tsx';
import { Link, useAddress } from './routing.tsx';
import { session, useSession } from './session.ts';

const version = import.meta.env.APP_VERSION;

export function App() {
  const signedIn = useSession();
  useEffect(() => {
    document.title = `${brand.name} ${version}`;
  }, []);

  const signOut = () => {
    // Signed out here whatever the server says; there the session ends by itself.
    void api.signOut().catch(() => undefined);
    session.set(null);
  };

  return (
    <>
      <header className="bar">
        <Link href="/" className="brand">
          <BrandMark />
          <span className="brand-name">{brand.name}</span>
          <span className="brand-tagline">{brand.tagline}</span>
        </Link>
        <span className="version" title="Version of this page">
          v{version}
        </span>
        {signedIn !== null && (
          <div className="who">
            <span className="avatar" aria-hidden="true">
              {initials(signedIn.user.displayName)}
            </span>
            <span className="who-name">{signedIn.user.displayName}</span>
            <button type="button" className="quiet" onClick={signOut}>
              Sign out
            </button>
          </div>
        )}
      </header>
      <main>{signedIn === null ? <LoginPage /> : <Page />}</main>
      <Footer />
    </>
  );
}

function Page() {
  const { pathname } = useAddress();
  if (pathname === '/') return <Finder />;
  if (pathname === '/interactions/new') return <InteractionPage key="new" id={null} />;
  const id = /^\/interactions\/(\d{1,9})$/.exec(pathname)?.[1];
  if (id !== undefined) return <InteractionPage key={id} id={Number(id)} />;
  return (
    <div className="state">
      <h1>There is no such page</h1>
      <Link href="/" className="button">
        Back to the Finder
      </Link>
    </div>
  );
}

function Footer() {
  const apiVersion = useApiVersion();
  return (
    <footer>
      Interaction Management · front end <b>{version}</b> · API <b>{apiVersion ?? '–'}</b>
    </footer>
  );
}

function BrandMark() {
  return (
    <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="var(--mark)" />
      <path d="M8 10h16v9H15l-4 4v-4H8z" fill="none" stroke="#fff" strokeWidth="2.4" strokeLinejoin="round" />
    </svg>
  );
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== '');
  return [words.at(0), words.length > 1 ? words.at(-1) : ''].map((word) => word?.charAt(0)).join('');
}
