# ruff: noqa: E501
"""The packages that the training sets are made from, with fixed versions, licences and holders."""

from typing import NamedTuple


class Package(NamedTuple):
    """One pinned package: ``kind`` is deb (binary), src (Debian source) or pypi (wheel)."""

    kind: str
    name: str
    version: str
    licence: str
    holder: str


def _table(kind: str, rows: str) -> dict[str, Package]:
    packages = {}
    for row in rows.strip().splitlines():
        name, version, licence, holder = (cell.strip() for cell in row.split("|"))
        packages[f"{kind}:{name}"] = Package(kind, name, version, licence, holder)
    return packages


MAN = "GPL-3+"
HELP = "MPL-2.0"

PACKAGES: dict[str, Package] = {
    **_table(
        "deb",
        f"""
        apache2-doc | 2.4.71-1~deb12u1 | Apache-2.0 | Apache Software Foundation
        base-files | 12.4+deb12u15 | licence texts, verbatim copies allowed | Apache Software Foundation, Free Software Foundation
        debian-handbook | 11.20220922 | CC-BY-SA-3.0 or GPL-2+ | Raphaël Hertzog, Roland Mas and translators
        dict-devil | 1.0-13.1 | public domain | Ambrose Bierce (1911)
        dict-foldoc | 20230119-1 | GFDL-1.1+ (no invariant sections) | Denis Howe
        fortunes | 1:1.99.1-7.3 | BSD-3-Clause (collection from NetBSD) | Ken Arnold, Regents of the University of California, Amy Lewis
        fortunes-br | 20220821 | GPL-2+ | Eduardo Marcel Maçan, Guilherme de S. Pastore, Breno Leitao
        fortunes-cs | 2.0.9-1.1 | GPL-3+ | Zdenek Pytela
        fortunes-de | 0.35-1 | GPL-2+ | Andreas Tille
        fortunes-es | 1.36 | public domain (texts), GPL (programs) | Agustín Martín Domingo, Javier Fernandez-Sanguino Peña
        fortunes-it | 1.99-4.1 | public domain | fortune-it project
        fortunes-pl | 0.0.20130525-3 | GPL-2+ | LinuxPL and PLD teams
        golang-1.19-src | 1.19.8-2 | BSD-3-Clause | The Go Authors
        libarchive13 | 3.6.2-1+deb12u5 | BSD-2-Clause | Tim Kientzle
        libarpack2 | 3.8.0-3 | BSD-3-Clause | Rice University
        libboost1.74-dev | 1.74.0+ds1-21 | BSL-1.0 | Boost contributors
        libc++1-14 | 1:14.0.6-12 | Apache-2.0 with LLVM exception | LLVM project
        libcurl4 | 7.88.1-10+deb12u15 | curl (MIT-like) | Daniel Stenberg and contributors
        libeigen3-dev | 3.4.0-4 | MPL-2.0 | Eigen contributors
        libhdf5-103-1 | 1.10.8+repack1-1 | BSD-3-Clause | The HDF Group
        liblapack3 | 3.11.0-2 | BSD-3-Clause | University of Tennessee and others
        libopenblas0-pthread | 0.3.21+ds-4 | BSD-3-Clause | OpenBLAS project
        libopenmpi3 | 4.1.4-3+b1 | BSD-3-Clause | Open MPI contributors
        libpq5 | 15.20-0+deb12u1 | PostgreSQL | PostgreSQL Global Development Group
        libprotobuf32 | 3.21.12-3+deb12u1 | BSD-3-Clause | Google
        libpython3.11-minimal | 3.11.2-6+deb12u9 | PSF-2.0 | Python Software Foundation
        libpython3.11-stdlib | 3.11.2-6+deb12u9 | PSF-2.0 | Python Software Foundation
        libre2-9 | 20220601+dfsg-1+b1 | BSD-3-Clause | The RE2 Authors
        libreoffice-help-cs | 4:7.4.7-1+deb12u14 | {HELP} | The Document Foundation
        libreoffice-help-de | 4:7.4.7-1+deb12u14 | {HELP} | The Document Foundation
        libreoffice-help-en-us | 4:7.4.7-1+deb12u14 | {HELP} | The Document Foundation
        libreoffice-help-es | 4:7.4.7-1+deb12u14 | {HELP} | The Document Foundation
        libreoffice-help-fr | 4:7.4.7-1+deb12u14 | {HELP} | The Document Foundation
        libreoffice-help-it | 4:7.4.7-1+deb12u14 | {HELP} | The Document Foundation
        libreoffice-help-nl | 4:7.4.7-1+deb12u14 | {HELP} | The Document Foundation
        libreoffice-help-pl | 4:7.4.7-1+deb12u14 | {HELP} | The Document Foundation
        libreoffice-help-pt | 4:7.4.7-1+deb12u14 | {HELP} | The Document Foundation
        libreoffice-help-sv | 4:7.4.7-1+deb12u14 | {HELP} | The Document Foundation
        libruby3.1 | 3.1.7-1~deb12u2 | BSD-2-Clause or Ruby | Yukihiro Matsumoto
        libtiff6 | 4.5.0-6+deb12u4 | libtiff (BSD-like) | Sam Leffler, Silicon Graphics
        libxml2 | 2.9.14+dfsg-1.3~deb12u6 | MIT | Daniel Veillard
        manpages-cs | 4.18.1-1 | {MAN} | manpages-l10n contributors
        manpages-de | 4.18.1-1 | {MAN} | manpages-l10n contributors
        manpages-es | 4.18.1-1 | {MAN} | manpages-l10n contributors
        manpages-fr | 4.18.1-1 | {MAN} | manpages-l10n contributors
        manpages-it | 4.18.1-1 | {MAN} | manpages-l10n contributors
        manpages-nl | 4.18.1-1 | {MAN} | manpages-l10n contributors
        manpages-pl | 1:4.18.1-1 | {MAN} | manpages-l10n contributors
        manpages-pt-br | 4.18.1-1 | {MAN} | manpages-l10n contributors
        manpages-sv | 4.18.1-1 | {MAN} | manpages-l10n contributors
        node-typescript | 4.8.4+ds1-2 | Apache-2.0 | Microsoft
        node-undici | 5.15.0+dfsg1+~cs20.10.9.3-1+deb12u4 | MIT | Matteo Collina and undici contributors
        npm | 9.2.0~ds1-1 | Artistic-2.0, bundled modules ISC/MIT | npm, Inc. and contributors
        openclipart-svg | 1:0.18+dfsg-19 | public domain | Open Clip Art Library artists
        openssh-client | 1:9.2p1-2+deb12u10 | BSD-2-Clause and similar | OpenBSD project
        postgresql-15 | 15.20-0+deb12u1 | PostgreSQL | PostgreSQL Global Development Group
        postgresql-doc-15 | 15.20-0+deb12u1 | PostgreSQL | PostgreSQL Global Development Group
        python-xarray-doc | 2023.01.0-1.1 | Apache-2.0 | xarray Developers
        python3.11-doc | 3.11.2-6+deb12u9 | PSF-2.0 | Python Software Foundation
        python3.11-minimal | 3.11.2-6+deb12u9 | PSF-2.0 | Python Software Foundation
        r-cran-janeaustenr | 1.0.0-1 | public domain (texts), MIT (package) | Jane Austen; Julia Silge
        restic | 0.14.0-1+b5 | BSD-2-Clause | Alexander Neumann and contributors
        ripgrep | 13.0.0-4+b2 | MIT or Unlicense | Andrew Gallant
        rust-src | 1.63.0+dfsg1-2 | MIT or Apache-2.0 | The Rust Project
        sqlite3-doc | 3.40.1-2+deb12u2 | public domain | SQLite authors
        tango-icon-theme | 0.8.90-11 | public domain | Tango Desktop Project
        tcpdump | 4.99.3-1 | BSD-3-Clause | The Tcpdump Group
        tmux | 3.3a-3 | ISC | Nicholas Marriott
        wesnoth-1.16-data | 1:1.16.9-1 | GPL-2+ | David White and the Wesnoth project
        """,
    ),
    **_table(
        "src",
        """
        commons-io | 2.11.0-2 | Apache-2.0 | Apache Software Foundation
        curl | 7.88.1-10+deb12u15 | curl (MIT-like) | Daniel Stenberg and contributors
        fmtlib | 9.1.0+ds1-2 | MIT | Victor Zverovich
        googletest | 1.12.1-0.2 | BSD-3-Clause | Google
        guava-libraries | 31.1-1 | Apache-2.0 | The Guava Authors
        jq | 1.6-2.1+deb12u2 | MIT | Stephen Dolan
        json-c | 0.16-2 | MIT | Metaparadigm, Eric Haszlakiewicz
        lapack | 3.11.0-2 | BSD-3-Clause | University of Tennessee and others
        leveldb | 1.23-4 | BSD-3-Clause | The LevelDB Authors
        libcommons-lang3-java | 3.12.0-2+deb12u1 | Apache-2.0 | Apache Software Foundation
        libuv1 | 1.44.2-1+deb12u1 | MIT | libuv contributors
        libyaml | 0.2.5-1 | MIT | Kirill Simonov, Ingy döt Net
        lua5.4 | 5.4.4-3+deb12u1 | MIT | Lua.org, PUC-Rio
        netcdf | 1:4.9.0-3 | BSD-3-Clause | UCAR/Unidata
        nginx | 1.22.1-9+deb12u9 | BSD-2-Clause | Igor Sysoev, Nginx, Inc.
        node-express | 4.18.2+~4.17.14-1 | MIT | TJ Holowaychuk, Douglas Wilson
        prometheus | 2.42.0+ds-5+deb12u1 | Apache-2.0 | The Prometheus Authors
        redis | 5:7.0.15-1~deb12u7 | BSD-3-Clause | Salvatore Sanfilippo, Redis Ltd.
        spdlog | 1:1.10.0+ds-0.4 | MIT | Gabi Melman
        sqlite3 | 3.40.1-2+deb12u2 | public domain | SQLite authors
        """,
    ),
    **_table(
        "pypi",
        """
        astropy | 8.0.2 | BSD-3-Clause | Astropy Developers
        attrs | 26.1.0 | MIT | Hynek Schlawack
        bokeh | 3.9.2 | BSD-3-Clause | Bokeh Contributors
        bokeh_sampledata | 2026.1 | BSD-3-Clause; files used: public domain, see below | Bokeh Contributors
        botocore | 1.44.5 | Apache-2.0 | Amazon Web Services
        distlib | 0.4.4 | PSF-2.0 | Vinay Sajip
        django | 5.2.19 | BSD-3-Clause | Django Software Foundation
        fastapi | 0.165.0 | MIT | Sebastián Ramírez
        h5py | 3.16.0 | BSD-3-Clause | Andrew Collette and contributors
        httpx | 0.28.1 | BSD-3-Clause | Encode OSS
        jsonschema | 4.26.0 | MIT | Julian Berman
        nibabel | 5.4.2 | MIT, data PDDL | NiBabel developers
        nbformat | 5.11.1 | BSD-3-Clause | Project Jupyter Contributors
        numpy | 2.4.6 | BSD-3-Clause | NumPy Developers
        pandas | 3.1.1 | BSD-3-Clause | pandas development team
        plotly | 7.1.0 | MIT | Plotly, Inc.
        pycountry | 26.2.16 | LGPL-2.1 | Christian Theune; Debian iso-codes
        pydantic | 2.14.3 | MIT | Pydantic Services and contributors
        pytest | 9.2.0 | MIT | Holger Krekel and others
        requests | 2.34.2 | Apache-2.0 | Kenneth Reitz
        rich | 15.0.0 | MIT | Will McGugan
        scikit_learn | 1.9.1 | BSD-3-Clause | scikit-learn developers
        scipy | 1.17.1 | BSD-3-Clause | SciPy Developers
        sqlalchemy | 2.1.9 | MIT | SQLAlchemy authors
        statsmodels | 0.15.0 | BSD-3-Clause, data public domain | statsmodels developers
        tables | 3.11.1 | BSD-3-Clause | Francesc Alted, PyTables maintainers
        """,
    ),
}
