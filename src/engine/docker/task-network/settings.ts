import type { AssignedPort } from '../../tasks/ports.ts';
import type { SharedAddress } from '../../tasks/runtime.ts';
import { exposed, machine, published, runtimeLabel } from '../container-settings.ts';

export interface PauseWish {
  readonly network: SharedAddress;
  /** By the id that the daemon knows it by. */
  readonly imageId: string;
  readonly runtimeId: string;
  /** Docker's name of it. */
  readonly dockerNetwork: string;
  /** Of all containers of the task. */
  readonly ports: readonly AssignedPort[];
}

/** By this it is known whose network it is. */
const pauseLabel = 'fairway.network-of';

export const pauseName = (ecsTask: string): string => `fairway-${ecsTask}-pause`;

/** What the daemon is asked to make: all that has to do with the network, on behalf of the containers that join it. */
export function pauseSettings(wish: PauseWish): Readonly<Record<string, unknown>> {
  const { network, dockerNetwork, ports } = wish;
  const names = network.members.map(({ name }) => `${name}:127.0.0.1`);
  return {
    Image: wish.imageId,
    Labels: { [runtimeLabel]: wish.runtimeId, [pauseLabel]: network.ecsTask },
    // A first process hears no signal that it does not ask for: a daemon that stops would wait for it.
    StopSignal: 'SIGKILL',
    User: '65534:65534',
    ExposedPorts: exposed(ports),
    HostConfig: {
      NetworkMode: dockerNetwork,
      PortBindings: published(ports),
      ExtraHosts: [machine, ...names],
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      LogConfig: { Type: 'none' },
      RestartPolicy: { Name: 'no' },
    },
    NetworkingConfig: { EndpointsConfig: { [dockerNetwork]: { Aliases: network.aliases } } },
  };
}
