"""Each guard is taken out of a copy of the code, and the test that is named for it must fail there.

docs/security.md lists the same.
"""

import os
import pickle
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from config import ROOT, Config
from tests.contract.conftest import another_bucket

MODULES = ("config.py", "forms.py", "gunicorn.conf.py", "stream.py", "worker.py", "wsgi.py")
COPIED = ("app", "deploy", "docs", "tests", *MODULES, "pyproject.toml")
GATE = "tests/unit/test_gate.py::"
BACKUP = "tests/unit/test_backup.py::"
VERIFIER = "tests/contract/test_verifier.py::"
ALBUMS = "tests/contract/test_albums.py::"
ALBUM = "tests/unit/test_albums.py::"
UPLOADS = "tests/contract/test_uploads.py::"
PAGES = "tests/contract/test_pages.py::"
RELAY = "tests/contract/test_relay.py::"
RELAY_CLIENTS = "tests/contract/test_relay_clients.py::"


@dataclass
class Guard:
    """A place in the code that keeps something out, what is left without it, and the test that notices."""

    name: str
    file: str
    code: str
    without: str
    test: str


GUARDS = [
    Guard(
        "`If-None-Match: *` is signed",
        "app/storage/storage.py",
        '{"Content-Type": content_type, "If-None-Match": "*"}',
        '{"Content-Type": content_type}',
        UPLOADS + "test_put_of_something_else_is_refused[no-if-none-match]",
    ),
    Guard(
        "the length is signed",
        "app/storage/storage.py",
        '{**headers, "Content-Length": str(size)}',
        "headers",
        UPLOADS + "test_put_of_something_else_is_refused[longer]",
    ),
    Guard(
        "the type is signed",
        "app/storage/storage.py",
        '{"Content-Type": content_type, "If-None-Match": "*"}',
        '{"If-None-Match": "*"}',
        UPLOADS + "test_put_of_something_else_is_refused[type]",
    ),
    Guard(
        "the checksum is signed",
        "app/storage/storage.py",
        'headers["x-amz-checksum-sha256"] = sha256',
        "pass",
        UPLOADS + "test_upload_with_checksum_is_verified_by_the_store",
    ),
    Guard(
        "the copy is of the bytes that were checked (`CopySourceIfMatch`)",
        "app/storage/storage.py",
        "                    CopySourceIfMatch=staged.etag,\n",
        "",
        UPLOADS + "test_overwrite_between_check_and_copy_publishes_nothing",
    ),
    Guard(
        "a second read is of the same bytes as the first (ETag, `If-Match`)",
        "app/storage/storage.py",
        "                    IfMatch=staged.etag,\n",
        "",
        UPLOADS + "test_overwrite_while_reading_on_publishes_nothing",
    ),
    Guard(
        "a public key is never written twice (`If-None-Match` on the copy)",
        "app/storage/storage.py",
        '                    IfNoneMatch="*",\n                    MetadataDirective',
        "                    MetadataDirective",
        UPLOADS + "test_link_never_changes_even_when_the_staged_bytes_do",
    ),
    Guard(
        "a delete leaves a mark",
        "app/publisher.py",
        "None if staged.deleted else self._storage",
        "self._storage",
        UPLOADS + "test_delete_is_for_good",
    ),
    Guard(
        "no client can write over the mark of a delete",
        "app/storage/storage.py",
        "(objects.mark(key), objects.staged(key))",
        "(objects.staged(key),)",
        UPLOADS + "test_delete_is_for_good_where_the_uploader_can_write_over_what_is_staged",
    ),
    Guard(
        "a copy that ends behind a delete is taken back",
        "app/publisher.py",
        " or self._storage.is_deleted(upload.key)",
        "",
        "tests/contract/test_faults.py::test_copy_that_ends_behind_a_delete_is_taken_back[delete]",
    ),
    Guard(
        "the next call takes back what a dead process left",
        "app/publisher.py",
        "            self._storage.withdraw(upload.key)\n            raise Deleted",
        "            raise Deleted",
        "tests/contract/test_faults.py"
        "::test_copy_that_a_dead_process_left_behind_a_delete_is_taken_back_by_the_next_call[complete-delete]",
    ),
    Guard(
        "a restore looks at the head of each picture",
        "app/publisher.py",
        "image = self._judge(upload, upload.size, read(0, pictures.HEAD_BYTES), read)",
        "image = pictures.Image(upload.content_type, 1, 1)",
        BACKUP + "test_bytes_that_no_upload_could_publish_are_refused_and_named",
    ),
    Guard(
        "a restore never writes to a public key twice",
        "app/storage/storage.py",
        'if not public or unquoted(public["ETag"]) != md5:',
        "if False:",
        BACKUP + "test_link_never_changes_by_a_restore",
    ),
    Guard(
        "a restore honours the mark of a delete",
        "app/publisher.py",
        "        if not self._storage.is_deleted(upload.key):\n            image",
        "        if True:\n            image",
        BACKUP + "test_delete_is_looked_for_before_its_picture_is_restored",
    ),
    Guard(
        "a delete that overtakes a restore wins",
        "app/publisher.py",
        "            if not self._storage.is_deleted(upload.key):\n                return restored",
        "            if True:\n                return restored",
        BACKUP + "test_delete_that_overtakes_the_restore_of_its_picture_wins",
    ),
    Guard(
        "a backup carries the deletes that it did not see in time",
        "app/backup.py",
        "        self._mark_deletes()\n        self._copy_blocks()\n        self._copy_albums()",
        "        self._copy_blocks()\n        self._copy_albums()",
        BACKUP + "test_picture_that_was_deleted_during_the_backup_stays_gone[file]",
    ),
    Guard(
        "a restored picture expires when its uploader was told",
        "app/storage/upkeep.py",
        "return deleted + self._expire_restored(now)",
        "return deleted",
        BACKUP + "test_restored_picture_goes_when_its_uploader_was_told[7d-7]",
    ),
    Guard(
        "an archive with one bit altered is refused",
        "app/archive.py",
        "if digest.hexdigest() != entry.sha256:",
        "if False:",
        "tests/unit/test_archive.py::test_picture_with_one_bit_altered_is_named",
    ),
    Guard(
        "a restore obeys the block list",
        "app/publisher.py",
        'self._refuse_blocked(hashlib.file_digest(file, "sha256").digest())',
        "pass",
        BACKUP + "test_restore_obeys_the_block_list_of_its_own_server",
    ),
    Guard(
        "an archive holds files of our names alone",
        "app/archive.py",
        'if place == "uploads" and is_key(key):',
        'if place == "uploads":',
        "tests/unit/test_archive.py::test_name_that_is_no_key_of_ours_is_refused[uploads/x.png]",
    ),
    Guard(
        "tokens are salted by what they are for",
        "app/tokens.py",
        'salt="delete"',
        'salt="upload"',
        "tests/unit/test_tokens.py::test_each_kind_refuses_the_other",
    ),
    Guard(
        "upload tokens expire",
        "app/tokens.py",
        "> UPLOAD_TOKEN_TTL:",
        "> 10 * UPLOAD_TOKEN_TTL:",
        UPLOADS + "test_complete_refuses_forged_foreign_and_expired_tokens",
    ),
    Guard(
        "the head of the file is looked at",
        "app/publisher.py",
        "            return pictures.inspect(head, size), head\n        except pictures.MoreBytesNeeded:",
        "            return pictures.Image(upload.content_type, 1, 1), head\n        except pictures.MoreBytesNeeded:",
        UPLOADS + "test_complete_refuses_what_is_not_the_promised_picture[html]",
    ),
    Guard(
        "the file is what was declared",
        "app/publisher.py",
        "if image.content_type != upload.content_type:\n",
        "if False:\n",
        UPLOADS + "test_complete_refuses_what_is_not_the_promised_picture[gif]",
    ),
    Guard(
        "pictures have a number of pixels that can be shown",
        "app/publisher.py",
        "if image.width * image.height > limit:\n",
        "if False:\n",
        UPLOADS + "test_complete_refuses_what_is_not_the_promised_picture[bomb]",
    ),
    Guard(
        "pictures say nothing of where they were taken (`REJECT_LOCATION`)",
        "app/publisher.py",
        "if self._config.reject_location:\n",
        "if False:\n",
        "tests/contract/test_location.py::test_picture_with_a_position_is_refused[photo]",
    ),
    Guard(
        "blocked bytes are refused",
        "app/publisher.py",
        "if digest and digest.hex() in self._storage.blocklist:",
        "if False:",
        "tests/contract/test_blocklist.py::test_picture_that_was_blocked_by_its_link_is_gone_and_stays_away",
    ),
    Guard(
        "the operator's own check is asked (`VERIFY_URL`)",
        "app/publisher.py",
        "            self._verifier.ask(upload.id, facts)\n",
        "",
        VERIFIER + "test_refused_picture_is_deleted_and_was_never_public",
    ),
    Guard(
        "a check that fails is no yes",
        "app/verifier.py",
        "if self._fails_open:",
        "if True:",
        VERIFIER + "test_what_is_no_answer_publishes_nothing_and_loses_nothing[error]",
    ),
    Guard(
        "nothing but yes is yes",
        "app/verifier.py",
        'not isinstance(answer.get("allow"), bool)',
        '"allow" not in answer',
        VERIFIER + "test_what_is_no_answer_publishes_nothing_and_loses_nothing[allow as text]",
    ),
    Guard(
        "what was refused is deleted",
        "app/publisher.py",
        "            self._storage.discard(upload.key, staged)\n",
        "",
        UPLOADS + "test_complete_refuses_what_is_not_the_promised_picture[html]",
    ),
    Guard(
        "strangers read `uploads/` alone (bucket policy)",
        "app/storage/bucket.py",
        "{bucket}/{PUBLIC}*",
        "{bucket}/*",
        UPLOADS + "test_stranger_sees_no_staged_bytes_and_no_list",
    ),
    Guard(
        "only configured pages upload (CORS of the bucket)",
        "app/storage/bucket.py",
        '"AllowedOrigins": origins,',
        '"AllowedOrigins": ["*"],',
        UPLOADS + "test_page_of_another_origin_can_not_put",
    ),
    Guard(
        "only configured pages call the API (CORS)",
        "app/__init__.py",
        "origins=config.cors_origins,",
        'origins="*",',
        "tests/unit/test_api.py::test_page_of_another_origin_gets_no_leave",
    ),
    Guard(
        "only hosts of ours are answered",
        "app/gate.py",
        " and _name(environ) not in self._hosts:",
        " and False:",
        GATE + "test_page_whose_name_was_turned_to_this_machine_calls_nothing",
    ),
    Guard(
        "the page is behind that as well",
        "app/frontend.py",
        "page if asks and not gate.refusal(environ) else api",
        "page if asks else api",
        GATE + "test_unknown_host_is_answered_nothing[evil.example]",
    ),
    Guard(
        "no service worker but the page's own",
        "app/gate.py",
        '"HTTP_SERVICE_WORKER" in environ',
        "False",
        GATE + "test_service_worker_is_the_pages_own_or_none",
    ),
    Guard(
        "the decoder's script alone may compile WebAssembly",
        "app/frontend.py",
        "if url.startswith(DECODER):",
        'if url.startswith("/assets/"):',
        "tests/unit/test_api.py::test_decoder_alone_may_compile_wasm_and_may_fetch_nothing",
    ),
    Guard(
        "no header sets the path of a request",
        "gunicorn.conf.py",
        'forwarder_headers = ""\n',
        "",
        "tests/contract/test_gate.py::test_path_of_a_request_is_its_own[SCRIPT_NAME: /uploads]",
    ),
    Guard(
        "no header sets the scheme of a link",
        "gunicorn.conf.py",
        "secure_scheme_headers: dict[str, str] = {}\n",
        "",
        "tests/contract/test_gate.py::test_links_are_shaped_by_nothing_but_a_known_host",
    ),
    Guard(
        "access tokens are asked for",
        "app/uploads.py",
        "    access.require_token(config.upload_tokens)\n",
        "",
        "tests/unit/test_api.py::test_private_instance_refuses_strangers",
    ),
    Guard(
        "access tokens are asked for before a picture is read",
        "app/relay.py",
        "        access.require_any_token(config.upload_tokens, None)\n",
        "        pass\n",
        RELAY + "test_private_instance_takes_nothing_from_strangers[another bearer-/uploads]",
    ),
    Guard(
        "a form's own token is looked at",
        "app/relay.py",
        '            access.require_any_token(config.upload_tokens, fields.get("key"))\n',
        "",
        RELAY + "test_private_instance_takes_nothing_from_strangers[another field-/uploads]",
    ),
    Guard(
        "a page of another site sends no pictures",
        "app/relay.py",
        "    access.refuse_foreign_page(config.page_origins)\n",
        "",
        RELAY + "test_page_of_another_site_sends_nothing[headers0-/uploads]",
    ),
    Guard(
        "pictures that are too large are refused unread",
        "app/relay.py",
        "if (request.content_length or 0) > limit + FRAME_BYTES * is_form:",
        "if False:",
        RELAY + "test_length_that_is_too_much_is_refused_before_anything_is_read",
    ),
    Guard(
        "pictures that are too large are read no further",
        "app/form.py",
        "if self._left < 0:",
        "if False:",
        "tests/unit/test_form.py::test_pictures_are_limited_together",
    ),
    Guard(
        "each picture of a request counts",
        "app/form.py",
        "            self._count()\n",
        "            pass\n",
        RELAY + "test_rate_limit_counts_each_picture",
    ),
    Guard(
        "so many requests with pictures at a time, and no more",
        "app/courier.py",
        "if not self._places.acquire(blocking=False):",
        "if not (self._places.acquire(blocking=False) or True):",
        RELAY + "test_where_all_places_are_taken_the_next_is_told_to_come_again",
    ),
    Guard(
        "relayed pictures lose their metadata",
        "app/courier.py",
        "        if keep_metadata:\n",
        "        if True:\n",
        RELAY + "test_metadata_is_removed_unless_it_is_asked_for",
    ),
    Guard(
        "one refused picture takes back all of its request",
        "app/courier.py",
        "            for upload, _ in done:\n                self._take_back(upload)\n            raise",
        "            raise",
        RELAY + "test_one_refusal_takes_the_others_back",
    ),
    Guard(
        "a picture arrives at its pace, or not at all",
        "worker.py",
        "self._deadline = min(self._deadline + len(data) / PACE, now + REQUEST_TIMEOUT)",
        "self._deadline = now + REQUEST_TIMEOUT",
        RELAY_CLIENTS + "test_picture_that_trickles_in_is_cut_off[raw]",
    ),
    Guard(
        "of two edits of an album the first wins (`If-Match`)",
        "app/storage/albums.py",
        ", IfMatch=unquoted(etag)",
        "",
        ALBUMS + "test_of_many_editors_at_once_exactly_one_wins[0]",
    ),
    Guard(
        "an edit names the version that it changes",
        "app/curator.py",
        "if album.version != version:",
        "if False:",
        ALBUMS + "test_second_of_two_editors_is_told",
    ),
    Guard(
        "a deleted album stays deleted, whoever edits it meanwhile",
        "app/storage/albums.py",
        ", IfMatch=unquoted(etag)",
        "",
        ALBUMS + "test_delete_between_an_edits_read_and_its_write_wins",
    ),
    Guard(
        "an album is edited by its own token alone",
        "app/albums.py",
        'if services().tokens.read_edit(body["edit_token"]) != album_id:',
        "if False:",
        ALBUMS + "test_one_albums_token_does_nothing_to_another",
    ),
    Guard(
        "access tokens are asked for before an album is made",
        "app/albums.py",
        "access.require_token(services().config.upload_tokens)",
        "pass",
        ALBUM + "test_private_instance_lets_nobody_make_albums_without_a_token",
    ),
    Guard(
        "an album shows pictures of this server alone",
        "app/albums.py",
        "services().storage.links.find_key(text)",
        "text",
        ALBUM + "test_foreign_link_comes_into_no_album",
    ),
    Guard(
        "the pictures of an album are public",
        "app/curator.py",
        "if key in found and not found[key]]",
        "if not key]",
        ALBUMS + "test_picture_that_is_not_public_comes_into_no_album",
    ),
    Guard(
        "an album has so many pictures, and no more are looked at",
        "app/schemas_albums.py",
        'len(data["pictures"]) > MAX_PICTURES:',
        "False:",
        ALBUM + "test_too_many_are_refused_before_each_is_looked_at",
    ),
    Guard(
        "an album is not shown after its expiry",
        "app/storage/albums.py",
        "if album.is_expired(datetime.now(UTC)):",
        "if False:",
        ALBUMS + "test_edit_gives_an_album_no_more_time",
    ),
    Guard(
        "what an album says is text",
        "app/templates/pages/album.html",
        "{{ picture.caption }}</figcaption>",
        "{{ picture.caption | safe }}</figcaption>",
        ALBUM + "test_title_caption_and_name_are_text_everywhere",
    ),
    Guard(
        "nothing is answered behind a body that the app reads",
        "stream.py",
        "request.force_close()",
        "pass",
        RELAY_CLIENTS + "test_sound_body_is_read_to_its_end[length]",
    ),
    Guard(
        "a key that is too short to sign with is refused (`instance/secret_key`)",
        "app/embedded/keys.py",
        "check_secret_key(text.strip())",
        "pass",
        "tests/unit/test_keys.py::test_secret_key_too_short_to_sign_with_is_refused",
    ),
    Guard(
        "each client's rate is limited",
        "app/rate_limit.py",
        "request.blueprint in counted",
        "False",
        "tests/unit/test_rate_limit.py::test_one_too_many_is_told_to_wait",
    ),
    Guard(
        "only configured proxies are believed",
        "app/__init__.py",
        "x_for=proxies,",
        "x_for=proxies + 1,",
        "tests/unit/test_rate_limit.py::test_only_configured_proxies_are_believed",
    ),
    Guard(
        "what is no address is one client together",
        "app/rate_limit.py",
        '        return "unknown"\n',
        "        return address\n",
        "tests/unit/test_rate_limit.py::test_what_is_no_address_is_one_client_together",
    ),
    Guard(
        "what a client writes into a path stays on its line of the log",
        "app/logs.py",
        '"path": _quote(request.path),',
        '"path": request.path,',
        "tests/unit/test_logs.py::test_nobody_writes_lines_of_their_own",
    ),
    Guard(
        "a client has a deadline for its request",
        "worker.py",
        "self._deadline = now + seconds\n",
        "self._deadline = now + 1000 * seconds\n",
        "tests/contract/test_slow_clients.py::test_request_that_trickles_in_is_cut_off[head]",
    ),
    Guard(
        "silent connections make room for others",
        "worker.py",
        "if self._clients.full() and self._waiting:",
        "if False:",
        "tests/contract/test_slow_clients.py::test_where_all_places_are_taken_the_longest_silence_makes_room",
    ),
    Guard(
        "a body is sound before the app sees it",
        "worker.py",
        "self._read_body(req, sock, limit)\n",
        "pass\n",
        "tests/contract/test_framing.py::test_broken_body_is_a_bad_request[size-no-number]",
    ),
    Guard(
        "a page asks the store about keys alone",
        "app/pages.py",
        "    if not is_key(key):\n",
        "    if False:\n",
        "tests/unit/test_pages.py::test_what_is_no_key_is_refused_unasked[x]",
    ),
    Guard(
        "a name is text on a picture's page",
        "app/templates/pages/picture.html",
        '<h1 dir="auto">{{ name }}</h1>',
        '<h1 dir="auto">{{ name | safe }}</h1>',
        PAGES + "test_name_comes_back_from_the_store_as_text",
    ),
    Guard(
        "a name is text in what is copied",
        "app/snippets.py",
        "_escape_markdown(alt_text(filename))",
        "alt_text(filename)",
        "tests/unit/test_pages.py::test_name_is_text_everywhere",
    ),
    Guard(
        "a page is gone with its picture in seconds",
        "app/memory.py",
        "if until > now:",
        "if True:",
        PAGES + "test_deleted_picture_has_no_page_on_any_worker_after_the_documented_seconds",
    ),
    Guard(
        "no cache keeps a page for longer",
        "app/pages.py",
        "max-age={seconds},",
        "max-age=5,",
        PAGES + "test_caches_keep_a_page_only_as_long_as_the_worker_does",
    ),
    Guard(
        "no cache shows a page that is too old while the server fails",
        "app/pages.py",
        ", must-revalidate, stale-if-error=0",
        "",
        PAGES + "test_caches_keep_a_page_only_as_long_as_the_worker_does",
    ),
    Guard(
        "so many pages are remembered, and no more",
        "app/memory.py",
        "while self._weight > self._room:",
        "while False:",
        "tests/unit/test_memory.py::test_answers_have_room_by_their_weight",
    ),
    Guard(
        "who asks by many names fills no memory",
        "app/pages.py",
        "entry.drawn.clear()",
        "pass",
        "tests/unit/test_pages.py::test_who_asks_by_many_names_fills_no_memory",
    ),
    Guard(
        "a page that was drawn for one host is shown under no other",
        "app/gallery.py",
        "(site(), album_id), lambda",
        "album_id, lambda",
        "tests/contract/test_gate.py::test_page_that_was_drawn_for_one_host_is_shown_under_no_other",
    ),
    Guard(
        "no page is drawn for an unknown host",
        "app/pages.py",
        "for kind in (AlbumDeleted, AlbumMissing, Deleted, StoreUnavailable):",
        "for kind in (ServiceError,):",
        GATE + "test_unknown_host_is_answered_nothing[evil.example]",
    ),
    Guard(
        "a picture past its time has no page",
        "app/catalog.py",
        'if entry.record.state == "expired":',
        "if False:",
        PAGES + "test_picture_past_its_time_has_no_page_although_the_store_still_has_it",
    ),
    Guard(
        "oEmbed tells of pictures of ours alone",
        "app/storage/links.py",
        "if host == base_host and",
        "if",
        "tests/unit/test_pages.py::test_oembed_knows_no_other_address[https://evil.test/p/0b8f3a52-6e0f-4c0c-9f43-8a35c5b7d1ee.png]",
    ),
    Guard(
        "search engines are told to list no page",
        "app/pages.py",
        '    response.headers["X-Robots-Tag"] = ROBOTS\n',
        "",
        "tests/unit/test_pages.py::test_page_is_listed_nowhere",
    ),
    Guard(
        "looks at pages are limited",
        "app/__init__.py",
        "apart = (uploads.blueprint, albums.blueprint, oembed.blueprint, pages.blueprint, gallery.blueprint)",
        "apart = (uploads.blueprint,)",
        "tests/unit/test_rate_limit.py::test_looks_at_pages_are_limited_and_told_so_in_words",
    ),
]


def run(project: Path, store: Config, tests: set[str]) -> str:
    """Run some tests in a copy of the project; return what pytest says."""
    # A store that runs already saves most of the time; the tests get a bucket that the copy sets up. The edge knows no
    # other bucket than its own, so they ask the store itself.
    running = project / "running"
    running.write_bytes(pickle.dumps(another_bucket(store, "guards")))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--running={running}", *sorted(tests)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    # None of these tests needs a plug-in, and to load them takes longer than the test.
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    # Else Python might take the bytecode of another guard's run, made of a file of this size within this second.
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the project, which is whole before and after each test."""
    folder = tmp_path_factory.mktemp("project")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("node_modules"))
        else:
            shutil.copy2(ROOT / name, folder)
    return folder


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_guard_is_missed_when_it_is_gone(guard: Guard, project: Path, store: Config) -> None:
    file = project / guard.file
    before = file.read_text()
    assert before.count(guard.code) == 1
    file.write_text(before.replace(guard.code, guard.without))
    try:
        said = run(project, store, {guard.test})
    finally:
        shutil.copy2(ROOT / guard.file, file)
    assert re.search(r"^\d+ failed", said, re.MULTILINE), said
    assert not re.search(r"SyntaxError|NameError|ImportError|IndentationError", said), said


def test_nothing_is_missed_while_every_guard_is_there(project: Path, store: Config) -> None:
    # Otherwise the tests above would prove nothing.
    said = run(project, store, {guard.test for guard in GUARDS})
    assert re.search(r"^\d+ passed in", said, re.MULTILINE), said


def test_guards_are_documented() -> None:
    rows = re.findall(r"^\| (.+?) \| `(test_\w+)` \|$", (ROOT / "docs" / "security.md").read_text(), re.MULTILINE)
    assert rows == [(guard.name, guard.test.rpartition("::")[2].partition("[")[0]) for guard in GUARDS]
