"""LiveKit's configuration for one machine: nothing beyond loopback, no room but those that web makes."""

from __future__ import annotations

from estrade.site.supervisor.builds import engines_folder
from estrade.site.supervisor.instance import Instance, write_private

_TEMPLATE = """\
port: {engine}
bind_addresses: [127.0.0.1]
rtc:
  use_external_ip: false        # otherwise it asks public servers for its address
  node_ip: 127.0.0.1            # otherwise it prefers any address but this
  enable_loopback_candidate: true
  interfaces: {{ includes: [lo] }}
  udp_port: {media}
  tcp_port: 0                   # this port would listen on every interface, whatever bind_addresses says
  stun_servers: ["127.0.0.1:{turn}"]  # an empty list means public servers
turn:
  enabled: true
  udp_port: {turn}
  bind_addresses: [127.0.0.1]
  relay_range_start: 40000
  relay_range_end: 40999
  allow_restricted_peer_cidrs: ["127.0.0.0/8"]
room:
  auto_create: false            # a room exists when web says so, with the capacity that was sold
  empty_timeout: 3600
  departure_timeout: 3600
logging:
  level: info
  json: true
"""


def write_engine_config(instance: Instance) -> list[str]:
    """Write the configuration; the command that runs LiveKit with it. Its key comes by environment."""
    path = instance.run / "livekit.yaml"
    ports = {name: instance.port_of(name) for name in ("engine", "media", "turn")}
    write_private(path, _TEMPLATE.format(**ports))
    return [str(engines_folder() / "livekit-server"), "--config", str(path)]


def engine_environment(instance: Instance) -> dict[str, str]:
    """LiveKit's key, which is the same as web's."""
    key, secret = instance.secret("LIVEKIT_API_KEY"), instance.secret("LIVEKIT_API_SECRET")
    return {**instance.common_environment(), "LIVEKIT_KEYS": f"{key}: {secret}"}
