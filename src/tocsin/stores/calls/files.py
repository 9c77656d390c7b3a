"""Files: the standard library, aiofiles, anyio; and where names of files come from.

Sources: docs.python.org/3, "os", "os.path", "pathlib", "shutil", "tempfile", "zipfile"; the
references of FastAPI, Flask and Django for uploads and for files as answers.
"""

from __future__ import annotations

from tocsin.stores.calls.base import Act, Call, Library, rows

PATH, RESOLVED = "pathlib.Path", "pathlib.Resolved"
TEXT, RESOLVED_TEXT = "path", "resolved path"
_ARCHIVE = "archive"
_UPLOAD, _UPLOADS = "client.File", "client.Files"

_PATHS = (
    Call(PATH, Act.MAKE, PATH),
    Call("anyio.Path", Act.MAKE, PATH),
    *rows(Act.SAME, PATH, "resolve", gives=RESOLVED),
    *rows(Act.SAME, PATH, "absolute expanduser with_suffix with_name joinpath parent", gives=PATH),
    *rows(Act.LOOK, PATH, "exists is_file is_dir stat samefile", store="file"),
    *rows(Act.LOOK, PATH, "is_symlink lstat", store="file", word="islink"),
    *rows(
        Act.LOOK, PATH, "read_text read_bytes iterdir glob rglob walk", store="file", word="read"
    ),
    *rows(Act.PUT, PATH, "write_text write_bytes", store="file", word="write"),
    *rows(Act.PUT, PATH, "unlink rmdir", store="file", word="remove"),
    *rows(Act.PUT, PATH, "mkdir", store="file", word="mkdir"),
    *rows(Act.PUT, PATH, "touch", store="file", word="touch"),
    *rows(Act.PUT, PATH, "rename replace symlink_to hardlink_to move", store="file", word="move"),
    *rows(Act.PUT, PATH, "copy copy_into", subject=0, store="file", word="write"),
    *rows(Act.PUT, PATH, "chmod", store="file", word="mode"),
    Call(f"{PATH}.open", Act.PUT, "file", store="file", word="open"),
)

_OPENING = (
    *rows(
        Act.PUT,
        "",
        "open io.open aiofiles.open anyio.open_file codecs.open gzip.open bz2.open lzma.open",
        gives="file",
        subject=0,
        store="file",
        word="open",
    ),
    *rows(
        Act.PUT,
        "",
        "zipfile.ZipFile tarfile.open tarfile.TarFile",
        gives=_ARCHIVE,
        subject=0,
        store="file",
        word="open",
    ),
    *rows(Act.PUT, _ARCHIVE, "extractall", subject=0, store="file", word="write"),
    *rows(Act.PUT, _ARCHIVE, "extract", subject=1, store="file", word="write"),
    *rows(Act.PUT, "shelve", "open", subject=0, store="file", word="write"),
    *rows(Act.LOOK, "", "glob.glob glob.iglob", subject=0, store="file", word="read"),
    *rows(
        Act.LOOK,
        "",
        "flask.send_file fastapi.responses.FileResponse starlette.responses.FileResponse",
        subject=0,
        store="file",
        word="read",
    ),
)

_OS = tuple(
    row
    for os in ("os", "aiofiles.os")
    for row in (
        *rows(
            Act.LOOK,
            f"{os}.path",
            "exists isfile isdir lexists getsize getmtime samefile",
            subject=0,
            store="file",
        ),
        *rows(Act.LOOK, f"{os}.path", "islink", subject=0, store="file", word="islink"),
        *rows(Act.LOOK, os, "stat access", subject=0, store="file"),
        *rows(Act.LOOK, os, "lstat readlink", subject=0, store="file", word="islink"),
        *rows(Act.LOOK, os, "listdir scandir walk", subject=0, store="file", word="read"),
        *rows(
            Act.PUT, os, "remove unlink rmdir removedirs", subject=0, store="file", word="remove"
        ),
        *rows(Act.PUT, os, "truncate", subject=0, store="file", word="write"),
        *rows(Act.PUT, os, "mkdir makedirs", subject=0, store="file", word="mkdir"),
        *rows(
            Act.PUT, os, "rename renames replace link symlink", subject=1, store="file", word="move"
        ),
        *rows(Act.PUT, os, "chmod chown", subject=0, store="file", word="mode"),
    )
)

_SHELL = tuple(
    row
    for shell in ("shutil", "aioshutil")
    for row in (
        *rows(Act.PUT, shell, "rmtree", subject=0, store="file", word="remove"),
        *rows(Act.PUT, shell, "chown", subject=0, store="file", word="mode"),
        *rows(
            Act.PUT,
            shell,
            "copy copy2 copyfile move copytree unpack_archive",
            subject=1,
            store="file",
            word="write",
        ),
        *rows(Act.PUT, shell, "make_archive", subject=0, store="file", word="write"),
    )
)

_NAMES = (
    *rows(Act.SAME, "os.path", "join", gives=TEXT),
    *rows(Act.SAME, "os.path", "abspath realpath normpath", gives=RESOLVED_TEXT),
    *rows(Act.SAME, "", "os.fspath", gives=TEXT),
    Call(f"{TEXT}.startswith", Act.ORIGIN, word="prefix"),
    Call("os.path.commonprefix", Act.ORIGIN, subject=0, word="prefix"),
)

# What nobody else can know or guess, so that a name made of it is free.
_CHANCE = rows(
    Act.ORIGIN,
    "",
    "uuid.uuid1 uuid.uuid4 uuid.uuid7 secrets.token_hex secrets.token_urlsafe secrets.token_bytes"
    " os.urandom tempfile.mkdtemp tempfile.mkstemp tempfile.TemporaryDirectory"
    " tempfile.NamedTemporaryFile tempfile.TemporaryFile tempfile.SpooledTemporaryFile"
    " aiofiles.tempfile.NamedTemporaryFile aiofiles.tempfile.TemporaryDirectory"
    " django.utils.crypto.get_random_string",
    word="chance",
)
# What two requests hardly draw at once, though somebody may guess it.
_DRAWN = (
    *rows(Act.ORIGIN, "secrets", "choice randbelow randbits", word="drawn"),
    *rows(
        Act.ORIGIN,
        "random",
        "choice choices randint randrange random sample getrandbits",
        word="drawn",
    ),
)
_TEMPORARY = (
    *rows(Act.ORIGIN, "tempfile", "mktemp", word="mktemp"),
    *rows(Act.ORIGIN, "tempfile", "gettempdir gettempdirb", word="shared folder"),
)

# What a client sends: the file, and the name that it has there.
_UPLOADED = (
    Call("flask.request.files", Act.ATTRIBUTE, _UPLOADS),
    Call("django.Request.FILES", Act.ATTRIBUTE, _UPLOADS),
    *rows(Act.MAKE, _UPLOADS, "__getitem__ get pop", gives=_UPLOAD),
    *rows(Act.ORIGIN, _UPLOAD, "filename name", word="client"),
    Call(f"{_UPLOAD}.save", Act.PUT, subject=0, store="file", word="write"),
)

LIBRARY = Library(
    name="files",
    calls=(
        *_PATHS,
        *_OPENING,
        *_OS,
        *_SHELL,
        *_NAMES,
        *_CHANCE,
        *_DRAWN,
        *_TEMPORARY,
        *_UPLOADED,
    ),
    types={
        PATH: PATH,
        "anyio.Path": PATH,
        **dict.fromkeys(
            (
                "fastapi.UploadFile",
                "fastapi.datastructures.UploadFile",
                "starlette.datastructures.UploadFile",
                "werkzeug.datastructures.FileStorage",
                "django.core.files.uploadedfile.UploadedFile",
            ),
            _UPLOAD,
        ),
        "flask.request": "flask.request",
    },
    parents={RESOLVED: PATH, RESOLVED_TEXT: TEXT},
)
