"""Caddy's configuration: the one public listener, and what stands between it and the engines."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from estrade.site.supervisor.builds import REPOSITORY, engines_folder
from estrade.site.supervisor.instance import Instance, write_private

# Addresses can hold secrets (ticket links, sign-in codes), queries hold tokens: a log keeps the first step of a path, if it is
# a word, and nothing of a path that begins otherwise. The host is what the visitor says it is.
_LOG_FIELDS = """\
			format filter {
				wrap json
				fields {
					request>uri regexp `^(/[a-z.-]{0,20})(?:[/?].*)?$|.+` $1
					request>host delete
					request>headers delete
					request>remote_ip ip_mask 16 32
					request>client_ip ip_mask 16 32
					request>remote_port delete
					request>tls delete
					resp_headers delete
					common_log delete
				}
			}"""

_TEMPLATE = """\
{
	admin off
	auto_https off
	persist_config off
	storage file_system STORAGE
	grace_period 1s
	log default {
		output stderr
		level INFO
LOG_FIELDS
	}
	servers {
		protocols h1
		timeouts {
			read_header 10s
			idle 2m
		}
	}
}

http://:PORT {
	bind ADDRESSES
	log {
		output file ACCESS_LOG {
			roll_size 20MiB
			roll_keep 3
			mode 0600
		}
LOG_FIELDS
	}
	request_body {
		max_size 12MB
	}
	header -Server
	header -Via
	route {
		# What only our own processes may say. Before anything else, so that nobody else can have said it.
		request_header -X-Seat
		request_header -X-Internal-Key
		request_header -X-Real-Ip
		request_header -Forwarded
		request_header -X-Forwarded-*

		@hidden path /internal /internal/* /twirp /twirp/* /agent /agent/*
		respond @hidden 404

		# The engines know no revocation: before every connection web says whether seat and generation still hold.
		@engine path /rtc /rtc/*
		handle @engine {
			forward_auth WEB {
				uri /internal/admit-engine
				header_up Host SITE_HOST
				header_up X-Internal-Key {env.INTERNAL_KEY}
				header_up -Connection
				header_up -Upgrade
				lb_try_duration 2s
				lb_try_interval 100ms
			}
			reverse_proxy ENGINE {
				header_up -Cookie
				lb_try_duration 2s
				lb_try_interval 100ms
			}
		}
		handle /connection/* {
			forward_auth WEB {
				uri /internal/admit-messages
				header_up Host SITE_HOST
				header_up X-Internal-Key {env.INTERNAL_KEY}
				header_up -Connection
				header_up -Upgrade
				copy_headers X-Seat
				lb_try_duration 2s
				lb_try_interval 100ms
			}
			reverse_proxy MESSAGES {
				header_up -Cookie
				flush_interval -1
				lb_try_duration 2s
				lb_try_interval 100ms
			}
		}

		handle_path /static/* {
			root * STATIC
			# A name that holds a hash never changes its content.
			@hashed path_regexp -[A-Za-z0-9_-]{8}\\.[a-z0-9]+$
			header Cache-Control "no-cache"
			header @hashed Cache-Control "public, max-age=31536000, immutable"
			header X-Content-Type-Options nosniff
			encode zstd gzip
			file_server {
				precompressed br gzip
			}
		}
		handle_path /media/* {
			root * MEDIA
			# Uploads are drawn anew as pictures of this one kind; nothing else has any business here.
			@other not path *.webp
			respond @other 404
			header Cache-Control "public, max-age=86400"
			header X-Content-Type-Options nosniff
			header Content-Security-Policy "default-src 'none'; sandbox"
			file_server
		}

		handle {
			encode zstd gzip
			reverse_proxy WEB {
				lb_try_duration 3s
				lb_try_interval 100ms
			}
		}
	}
	handle_errors {
		header X-Content-Type-Options nosniff
		header Content-Security-Policy "default-src 'none'"
		@away expression `{err.status_code} in [502, 503, 504]`
		header @away Retry-After 2
		respond @away "This site is starting. Please try again in a moment." 503
		header Cache-Control no-store
		respond "{err.status_code} {err.status_text}" {err.status_code}
	}
}
"""


def write_front_config(instance: Instance) -> list[str]:
    """Write the configuration; the command that runs Caddy with it."""
    path = instance.run / "Caddyfile"
    write_private(path, caddyfile(instance))
    return [str(engines_folder() / "caddy"), "run", "--config", str(path), "--adapter", "caddyfile"]


def front_environment(instance: Instance) -> dict[str, str]:
    """The key by which web knows that a question comes from front."""
    return {**instance.common_environment(), "INTERNAL_KEY": instance.secret("INTERNAL_KEY")}


def caddyfile(instance: Instance) -> str:
    """The whole configuration, which holds no secret."""
    (instance.var / "media").mkdir(parents=True, exist_ok=True)
    words = {
        "LOG_FIELDS": _LOG_FIELDS,
        "STORAGE": quoted(instance.var / "front"),
        "PORT": str(instance.port),
        "ADDRESSES": " ".join(loopback_addresses()),
        "ACCESS_LOG": quoted(instance.log / "front-access.log"),
        "SITE_HOST": urlsplit(instance.site_url).netloc,
        "WEB": f"127.0.0.1:{instance.port_of('web')}",
        "ENGINE": instance.engine_url,
        "MESSAGES": instance.messages_url,
        "STATIC": quoted(REPOSITORY / "estrade" / "static"),
        "MEDIA": quoted(instance.var / "media"),
    }
    text = _TEMPLATE
    for word, value in words.items():
        text = text.replace(word, value)
    return text


def quoted(path: object) -> str:
    """A path as one word of a Caddyfile."""
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'


def loopback_addresses() -> list[str]:
    """Both, where the machine has both: browsers try ::1 first when they read `localhost`."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as trial:
            trial.bind(("::1", 0))
    except OSError:
        return ["127.0.0.1"]
    return ["127.0.0.1", "[::1]"]
