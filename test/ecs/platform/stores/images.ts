import { existsSync, readdirSync } from 'node:fs';
import type { DockerClient } from '../../../../src/engine/docker/client.ts';
import { madeImage } from '../../../docker/made-image.ts';

const passwd = 'root:x:0:0:root:/root:/bin/sh\npostgres:x:999:999:postgres:/var/lib/postgresql:/bin/sh\n';

/** What the official image has of its interface: an entry point that runs what it is told, in the folder of its data. */
export async function makeRedisImage(docker: DockerClient): Promise<string> {
  const reference = 'redis:99';
  await madeImage(docker, reference, {
    programs: { '/bin/sh': 'sh', '/usr/local/bin/redis-server': 'redis-server' },
    written: { '/etc/passwd': passwd },
    scripts: { '/usr/local/bin/docker-entrypoint.sh': '#!/bin/sh\nexec "$@"\n' },
    instructions: ['WORKDIR /data'],
  });
  return reference;
}

/** As the official image: a cluster for POSTGRES_USER at the first start, with POSTGRES_DB, and PostGIS in it. */
export async function makePostgisImage(docker: DockerClient): Promise<string> {
  const reference = 'postgis/postgis:14-3.5';
  const version = readdirSync('/usr/share/postgresql').find((each) =>
    existsSync(`/usr/share/postgresql/${each}/extension/postgis.control`),
  );
  const home = `/usr/lib/postgresql/${version}`;
  const inBin = ['sh', 'mkdir', 'chown', 'chmod', 'rm', 'setpriv'];
  const loaded = ['bin/postgres', 'bin/initdb', 'lib/postgis-3.so'];
  await madeImage(docker, reference, {
    programs: {
      ...Object.fromEntries(inBin.map((name) => [`/bin/${name}`, name])),
      ...Object.fromEntries(loaded.map((name) => [`${home}/${name}`, `${home}/${name}`])),
    },
    copied: [`${home}/lib`, `/usr/share/postgresql/${version}`, '/usr/share/proj', '/usr/share/zoneinfo'],
    written: { '/etc/passwd': passwd },
    scripts: { '/usr/local/bin/docker-entrypoint.sh': entryPoint(home) },
    instructions: ['ENTRYPOINT ["docker-entrypoint.sh"]', 'ENV PGDATA=/var/lib/postgresql/data'],
  });
  return reference;
}

const entryPoint = (home: string): string => `#!/bin/sh
set -e
as='setpriv --reuid=999 --regid=999 --clear-groups --'
mkdir -p "$PGDATA"
chown 999:999 "$PGDATA"
chmod 700 "$PGDATA"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  printf '%s' "$POSTGRES_PASSWORD" > /tmp/password
  chown 999 /tmp/password
  $as ${home}/bin/initdb --username="$POSTGRES_USER" --pwfile=/tmp/password --auth=scram-sha-256 --encoding=UTF8 --locale=C
  rm /tmp/password
  echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
  [ "$POSTGRES_DB" = postgres ] || printf 'create database "%s"\\n' "$POSTGRES_DB" | $as ${home}/bin/postgres --single postgres
  echo 'create extension postgis' | $as ${home}/bin/postgres --single "$POSTGRES_DB"
fi
exec $as ${home}/bin/postgres -c listen_addresses='*' -c unix_socket_directories=/tmp
`;
