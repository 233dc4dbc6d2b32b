import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DockerClient } from '../../../../src/engine/docker/client.ts';
import { findTool } from '../../../clients/tool.ts';
import { madeImage } from '../../../docker/made-image.ts';

const passwd = 'root:x:0:0:root:/root:/bin/sh\npostgres:x:999:999:postgres:/var/lib/postgresql:/bin/sh\n';

/** Of Redis and Neo4j: a version that nobody has, and that no other test asks for, who would find it. */
export const notInstalled = '99';

const inPlace = (paths: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(paths.map((path) => [path, path]));

/** What the official image has of its interface: an entry point that runs what it is told, in the folder of its data. */
export async function makeRedisImage(docker: DockerClient): Promise<string> {
  const reference = `redis:${notInstalled}`;
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
    copied: inPlace([
      `${home}/lib`,
      `/usr/share/postgresql/${version}`,
      '/usr/share/proj',
      '/usr/share/zoneinfo',
    ]),
    written: { '/etc/passwd': passwd },
    scripts: { '/usr/local/bin/docker-entrypoint.sh': postgisEntryPoint(home) },
    instructions: ['ENTRYPOINT ["docker-entrypoint.sh"]', 'ENV PGDATA=/var/lib/postgresql/data'],
  });
  return reference;
}

const postgisEntryPoint = (home: string): string => `#!/bin/sh
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

/** As the official image: NEO4J_AUTH at the first start, settings by NEO4J_…, data in /data. Neo4j's jars on this machine's Java. */
export async function makeNeo4jImage(docker: DockerClient): Promise<string> {
  const reference = `neo4j:${notInstalled}`;
  const inBin = ['sh', 'sed', 'env', 'mkdir'];
  const java = dirname(dirname(realpathSync(findTool('java') ?? '')));
  const libraries = neo4jLibraries(findTool('neo4j') ?? '');
  await madeImage(docker, reference, {
    programs: {
      ...Object.fromEntries(inBin.map((name) => [`/bin/${name}`, name])),
      // With the libraries that they load.
      ...inPlace(['bin/java', 'lib/server/libjvm.so'].map((name) => join(java, name))),
    },
    copied: {
      ...inPlace(runtimeFiles(java)),
      // Each by its name, which says its version.
      ...Object.fromEntries(
        readdirSync(libraries).map((name) => [`/var/lib/neo4j/lib/${name}`, join(libraries, name)]),
      ),
    },
    written: { '/etc/passwd': passwd },
    scripts: { '/startup/docker-entrypoint.sh': neo4jEntryPoint(java) },
    instructions: [
      'ENTRYPOINT ["/startup/docker-entrypoint.sh"]',
      'CMD ["neo4j"]',
      `ENV NEO4J_HOME=/var/lib/neo4j JAVA_HOME=${java} PATH=${java}/bin:/bin`,
      // It lives for a minute, beside other tests: what a Java machine does for the long run, it does for nothing.
      'ENV JAVA_TOOL_OPTIONS="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"',
    ],
  });
  return reference;
}

/** Of a Java installation what runs programs, without what compiles them. */
function runtimeFiles(java: string): readonly string[] {
  const inFolder = (folder: string): readonly string[] =>
    readdirSync(join(java, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
  const files = [
    'lib/modules',
    'lib/jvm.cfg',
    'lib/tzdb.dat',
    'lib/jspawnhelper',
    'lib/server/classes.jsa',
    'lib/security/default.policy',
    ...inFolder('lib').filter((name) => name.endsWith('.so')),
    // Debian has links in it, file by file.
    ...inFolder('conf'),
  ];
  // Some lead to what a machine without a screen does not have.
  return files.map((name) => join(java, name)).filter((path) => existsSync(path) && statSync(path).isFile());
}

/** Beside the program in a distribution, and where .ci/run lays one out. */
function neo4jLibraries(program: string): string {
  const folder = dirname(realpathSync(program));
  const found = [join(folder, '../lib'), join(folder, '../neo4j/lib')].find(
    (each) => existsSync(each) && readdirSync(each).some((name) => /^neo4j-.*\.jar$/.test(name)),
  );
  if (found === undefined) throw new Error(`${program} has no jars of Neo4j beside it`);
  return found;
}

const neo4jEntryPoint = (java: string): string => `#!/bin/sh
set -ef
[ "$1" = neo4j ]
run="${java}/bin/java -Xmx64m -cp $NEO4J_HOME/lib/* -Dbasedir=$NEO4J_HOME"
mkdir -p "$NEO4J_HOME/conf"
{
  echo server.default_listen_address=0.0.0.0
  echo server.directories.data=/data
  [ "$NEO4J_AUTH" != none ] || echo dbms.security.auth_enabled=false
  env | sed -n '/^NEO4J_[a-z]/s/^NEO4J_//p' | while IFS='=' read -r name value; do
    echo "$(echo "$name" | sed 's/__/@/g; s/_/./g; s/@/_/g')=$value"
  done
} > "$NEO4J_HOME/conf/neo4j.conf"
if [ "$NEO4J_AUTH" != none ] && [ ! -e /data/dbms/auth.ini ]; then
  $run org.neo4j.cli.AdminTool dbms set-initial-password "\${NEO4J_AUTH#neo4j/}"
fi
exec $run org.neo4j.server.startup.Neo4jCommand console
`;
