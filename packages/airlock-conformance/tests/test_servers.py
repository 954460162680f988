"""A server that is not there is a skip with its reason."""

import socket

import pytest
from airlock_conformance.servers import require_server


def test_a_server_that_listens_is_returned_as_its_url():
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"redis://127.0.0.1:{server.getsockname()[1]}/3"
        assert require_server(url) == url


def test_a_server_that_is_missing_skips_and_says_where_it_should_be():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(pytest.skip.Exception, match=f"no amqp server listens on 127.0.0.1:{port}"):
        require_server(f"amqp://guest:secret@127.0.0.1:{port}//")


def test_the_reason_keeps_the_password_to_itself():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(pytest.skip.Exception) as caught:
        require_server(f"amqp://guest:secret@127.0.0.1:{port}//")
    assert "secret" not in str(caught.value)


def test_a_url_without_a_port_has_that_of_its_kind():
    with pytest.raises(pytest.skip.Exception, match=r"127\.255\.255\.254:6379"):
        require_server("redis://127.255.255.254")


def test_a_url_of_an_unknown_kind_must_name_its_port():
    with pytest.raises(ValueError, match="must name its port"):
        require_server("carrier-pigeon://127.0.0.1")
