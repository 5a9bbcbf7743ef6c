"""Settings come from the environment and guanxi.toml; what cannot be meant is refused with a sentence."""

from pathlib import Path

import pytest

from guanxi.doctor import settings_told
from guanxi.settings import Settings, SettingsRefused, find_settings, read_settings


def test_without_any_word_there_are_sensible_settings() -> None:
    settings = read_settings({})
    assert settings.public_url == "http://127.0.0.1:8100"
    assert (settings.port, settings.raw_body_days, settings.reopen_hours) == (8100, 30, 24)
    assert settings.data.is_absolute()


def test_the_command_line_beats_the_environment_and_that_the_file(tmp_path: Path) -> None:
    (tmp_path / "guanxi.toml").write_text('port = 1\nlane_k = 2\nreopen_hours = 3\ntrusted_proxies = ["10.0.0.0/8"]\n')
    environment = {"GUANXI_DATA": str(tmp_path), "GUANXI_PORT": "4", "GUANXI_LANE_K": "5"}
    settings = read_settings(environment, port=6, lane_k=None)
    assert (settings.port, settings.lane_k, settings.reopen_hours) == (6, 5, 3)
    assert settings.trusted_proxies == ("10.0.0.0/8",)


def test_the_public_address_follows_the_port_until_it_is_given() -> None:
    assert read_settings({"GUANXI_PORT": "9000"}).public_url == "http://127.0.0.1:9000"
    given = read_settings({"GUANXI_PORT": "9000", "PUBLIC_URL": "https://desk.example.com/"})
    assert given.public_url == "https://desk.example.com"
    assert (given.said_public_url(), read_settings({"GUANXI_PORT": "9000"}).said_public_url()) == (given.public_url, "")


def test_lists_are_separated_by_commas() -> None:
    settings = read_settings({"GUANXI_PRIVATE_HOSTS_ALLOWED": "127.0.0.1:9001, 127.0.0.1:9002"})
    assert settings.private_hosts_allowed == ("127.0.0.1:9001", "127.0.0.1:9002")


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"GUANXI_PROT": "1"}, "GUANXI_PROT, which is no setting. Did you mean GUANXI_PORT"),
        ({"GUANXI_PORT": "many"}, "port"),
        ({"GUANXI_PORT": "70000"}, "up to 65535"),
        ({"GUANXI_LEASE_SECONDS": "0"}, "lease_seconds must be 1 or more"),
        ({"GUANXI_LOG_LEVEL": "loud"}, "one of debug"),
        ({"PUBLIC_URL": "desk.example.com"}, "must look like https"),
    ],
)
def test_a_senseless_environment_is_refused(environment: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsRefused, match=sentence):
        read_settings(environment)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("prot = 1", "sets prot, which is no setting. Did you mean port"),
        ("data = '/elsewhere'", "cannot name the data folder"),
        ("port = [", "cannot be read"),
        ('[oidc]\nissuer = "https://a.example"\nclient_id = "x"\nisuer = "y"', "unknown field `isuer`"),
        ('[oidc]\nissuer = "https://a.example"', "missing required field `client_id`"),
        ('[oidc]\nissuer = "http://a.example"\nclient_id = "x"', "must look like https://"),
        ('[oidc]\nissuer = "https://a.example"\nclient_id = "x"\nclient_secret_file = "/nowhere"', "missing: /nowhere"),
        ('[oidc]\nissuer = "https://a.example"\nclient_id = "x"\nmay_create = "domain"', "says all of"),
        ('[oidc]\nissuer = "https://a.example"\nclient_id = "x"\nrole = "admin"', "Invalid enum value 'admin'"),
        ('new_workspaces = "everybody"', "Invalid enum value 'everybody'"),
    ],
)
def test_a_senseless_file_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "guanxi.toml").write_text(text)
    with pytest.raises(SettingsRefused, match=sentence):
        read_settings({"GUANXI_DATA": str(tmp_path)})


def test_settings_do_not_change() -> None:
    with pytest.raises(AttributeError):
        Settings().port = 1  # type: ignore[misc]


def test_a_named_file_may_name_the_data_folder_and_has_to_be_there(tmp_path: Path) -> None:
    file = tmp_path / "house.toml"
    file.write_text(f'data = "{tmp_path}/house"\nport = 1\n')
    assert read_settings({}, config=file).data == tmp_path / "house"
    assert read_settings({"GUANXI_CONFIG": str(file), "GUANXI_PORT": "2"}).port == 2
    with pytest.raises(SettingsRefused, match="There is no file"):
        read_settings({}, config=tmp_path / "house.tml")
    file.write_text("prot = 1")
    with pytest.raises(SettingsRefused, match="Did you mean port"):
        read_settings({}, config=file)


def test_the_doctor_says_where_each_setting_was_said_and_no_password(tmp_path: Path) -> None:
    (tmp_path / "guanxi.toml").write_text(
        'lane_k = 2\nreopen_hours = 3\n[oidc]\nissuer = "https://login.example"\nclient_id = "x"\nclient_secret = "hush"\n'
    )
    around = {"GUANXI_LANE_K": "5", "DATABASE_URL": "postgresql://me:hush@db.example/x"}
    found = find_settings(around, data=tmp_path, port=6)
    assert {name: found.said[name] for name in ("data", "port", "lane_k", "reopen_hours", "public_url", "host")} == {
        "data": "the command line",
        "port": "the command line",
        "lane_k": "GUANXI_LANE_K",
        "reopen_hours": str(tmp_path / "guanxi.toml"),
        "public_url": "the port",
        "host": "default",
    }
    told = "\n".join(settings_told(found))
    assert "lane_k = 5   [GUANXI_LANE_K]" in told
    assert "database_url = postgresql://me:…@db.example/x   [DATABASE_URL]" in told
    assert "oidc = login.example (https://login.example)" in told
    assert "hush" not in told
