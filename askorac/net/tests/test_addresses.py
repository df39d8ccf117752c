"""Which addresses are public, by the registries and by what leads back inside."""

from ipaddress import ip_address, ip_network

import pytest

from askorac.net.addresses import is_public, is_within, networks_of

NOT_PUBLIC = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.254"),
    *("127.0.0.1", "127.255.255.254", "169.254.0.1", "169.254.169.254", "172.16.0.1"),
    *("172.31.255.255", "192.0.0.1", "192.0.0.170", "192.0.0.192", "192.0.2.1", "192.88.99.1"),
    *("192.168.0.1", "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.1"),
    *("203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::7f00:1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8"),
    *("::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::8.8.8.8", "64:ff9b:1::1", "100::1"),
    *("2001::1", "2001:0:7f00:1::", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1"),
    *("2002:7f00:1::", "2002:a00:1::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254"),
    *("fdff::1", "fe80::1", "fe80::1%eth0", "2606:4700::1111%1", "fec0::1", "ff02::1", "ff0e::1"),
    *("4000::1", "e000::1", "200::1"),
]
PUBLIC = [
    *("1.1.1.1", "8.8.8.8", "93.184.216.34", "100.63.255.255", "100.128.0.0", "172.15.255.255"),
    *("172.32.0.0", "192.0.1.1", "192.167.255.255", "198.17.255.255", "198.20.0.0"),
    *("223.255.255.255", "2001:200::1", "2001:4860:4860::8888", "2606:4700::1111", "2a00::1"),
]


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_address_that_is_not_public(text: str) -> None:
    assert is_public(ip_address(text)) is False


@pytest.mark.parametrize("text", PUBLIC)
def test_address_that_is_public(text: str) -> None:
    assert is_public(ip_address(text)) is True


def test_mapped_address_beside_a_network_let_through() -> None:
    assert is_within(ip_address("127.0.0.1"), networks_of("127.0.0.0/8, ::1/128")) is True
    assert is_within(ip_address("::ffff:127.0.0.1"), networks_of("127.0.0.0/8")) is False


def test_list_of_networks() -> None:
    wanted = (ip_network("10.1.0.0/16"), ip_network("fd00::/8"))
    assert networks_of(" 10.1.0.0/16,fd00::/8, ") == wanted
    assert networks_of("") == ()
    with pytest.raises(ValueError, match="does not appear"):
        networks_of("everything")
